"""Two tensors or two poses to numbers, and numbers to a verdict; numpy only."""
