"""MIL op family ``recurrent``: one file an op, found by its name."""
