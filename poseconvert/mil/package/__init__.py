"""Core ML packages as files: what is read, how far, and what is refused."""
