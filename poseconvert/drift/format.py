"""Numbers as every sentence and table writes them."""


def number(value: float) -> str:
    """Return two digits, with a short exponent."""
    return f"{value:.2g}".replace("e-0", "e-").replace("e+0", "e+")
