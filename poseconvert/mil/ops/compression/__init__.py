"""MIL op family ``compression``: one file an op, found by its name."""
