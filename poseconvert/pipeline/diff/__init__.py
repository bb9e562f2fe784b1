"""A conversion measured again: on pictures, on its goldens, or by other tolerances."""
