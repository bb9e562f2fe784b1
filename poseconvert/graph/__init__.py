"""ONNX graphs: read with care, and counted."""
