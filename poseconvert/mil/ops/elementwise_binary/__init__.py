"""MIL op family ``elementwise_binary``: one file an op, found by its name."""
