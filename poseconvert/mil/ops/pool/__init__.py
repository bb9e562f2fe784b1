"""MIL op family ``pool``: one file an op, found by its name."""
