"""A package that others made, in a conversion folder of its own."""
