"""MIL op family ``scatter_gather``: one file an op, found by its name."""
