"""MODEL to a conversion folder: routes, packages, other sizes, compressed weights."""
