"""A decode preset in words."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Preset:
    """A decode preset in words.

    Attributes
    ----------
    name
        What ``--decode`` takes.
    used_by
        Networks that need it.
    layout
        Outputs that it reads: N pictures, J joints, H x W cells, A rows.
    reading
        How joints are read from them.
    source
        The published reading that it repeats.
    people
        Whether it finds several people.
    """

    name: str
    used_by: str
    layout: str
    reading: str
    source: str
    people: bool = False
