"""What packages cost and what may go wrong in them, seen in their files or while they run."""
