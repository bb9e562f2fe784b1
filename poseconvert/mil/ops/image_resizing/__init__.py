"""MIL op family ``image_resizing``: one file an op, found by its name."""
