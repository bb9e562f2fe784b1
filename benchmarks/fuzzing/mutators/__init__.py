"""One file per format: ``mutate(seed, rng)`` gives a changed copy, the same for the same dice."""
