"""Which ops float16 hurts: the rounding of their results, and of their weights."""
