"""How near found joints are to the true ones."""
