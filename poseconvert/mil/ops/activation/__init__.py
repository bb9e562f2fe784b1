"""MIL op family ``activation``: one file an op, found by its name."""
