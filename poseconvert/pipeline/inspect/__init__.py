"""What an artifact is, and what this machine can do, before anything runs."""
