"""Fuzzing that stays: mutants of every kind of file that poseconvert reads, and what became of them."""
