"""How far a reference is from itself, and what made it so."""

from __future__ import annotations

from dataclasses import dataclass

#: Every input value moved to its neighbour in float32.
ULP = "1 ulp"


@dataclass(frozen=True, slots=True)
class Floor:
    """Noise floor of one output.

    Attributes
    ----------
    relative : largest drift of the reference from itself, as a part of the output's range.
    source : what was changed to find it, such as ``1 ulp``, ``2 threads`` or ``float64``.
    """

    relative: float
    source: str = ULP
