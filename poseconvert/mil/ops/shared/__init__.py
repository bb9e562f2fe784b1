"""What several op families are written with; it registers nothing."""
