"""Fuzzing that stays: mutants of every kind of file that is read, and what becomes of them."""
