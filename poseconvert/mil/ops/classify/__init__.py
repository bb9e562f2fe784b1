"""MIL op family ``classify``: one file an op, found by its name."""
