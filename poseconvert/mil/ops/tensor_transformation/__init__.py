"""MIL op family ``tensor_transformation``: one file an op, found by its name."""
