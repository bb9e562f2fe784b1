"""Would Core ML take it? What reports say of packages that it refuses or computes otherwise."""
