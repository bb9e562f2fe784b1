"""MIL op family ``reduction``: one file an op, found by its name."""
