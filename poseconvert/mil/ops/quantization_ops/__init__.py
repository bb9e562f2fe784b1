"""MIL op family ``quantization_ops``: one file an op, found by its name."""
