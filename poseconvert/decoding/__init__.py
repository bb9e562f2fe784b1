"""Heads to keypoints and back, in numpy."""
