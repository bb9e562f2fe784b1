"""Picture to input tensor, and keypoints back to the picture."""
