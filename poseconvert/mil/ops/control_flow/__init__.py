"""MIL op family ``control_flow``: one file an op, found by its name."""
