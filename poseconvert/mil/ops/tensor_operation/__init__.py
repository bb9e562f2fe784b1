"""MIL op family ``tensor_operation``: one file an op, found by its name."""
