"""The fewest ops in float32 that keep every visible joint within a budget."""
