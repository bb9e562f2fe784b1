"""Why parity is not held: causes tried one by one, each a counter-hypothesis that must fit."""
