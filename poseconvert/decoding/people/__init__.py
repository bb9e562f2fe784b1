"""Several people of one picture."""
