"""Records to table, JSON, HTML and PNG."""
