"""MIL op family ``transformers``: one file an op, found by its name."""
