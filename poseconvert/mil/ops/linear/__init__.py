"""MIL op family ``linear``: one file an op, found by its name."""
