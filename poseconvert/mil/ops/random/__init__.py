"""MIL op family ``random``: one file an op, found by its name."""
