"""What a conversion costs on a dataset: people found by every artifact, and metrics."""
