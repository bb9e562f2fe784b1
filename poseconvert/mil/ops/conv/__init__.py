"""MIL op family ``conv``: one file an op, found by its name."""
