"""MIL op family ``states``: one file an op, found by its name."""
