"""MIL ops, in files named as coremltools names its op families."""
