"""MIL op family ``normalization``: one file an op, found by its name."""
