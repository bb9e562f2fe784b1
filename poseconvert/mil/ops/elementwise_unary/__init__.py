"""MIL op family ``elementwise_unary``: one file an op, found by its name."""
