"""One file per format: ``mutate(seed, rng)`` gives a changed copy, the same one for the same ``rng``."""
