"""MIL op family ``constexpr_ops``: one file an op, found by its name."""
