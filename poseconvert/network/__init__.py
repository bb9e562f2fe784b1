"""The networks users bring, and how their checkpoints are read (torch lives here)."""
