"""What ``parity.json`` says of a likely cause."""

from __future__ import annotations

from dataclasses import dataclass

from poseconvert.fields import Name, Text


@dataclass(frozen=True, slots=True)
class DiagnosisRecord:
    """A likely cause.

    Attributes
    ----------
    cause : Its name, one of docs/faults.md.
    sentence : In words, with the numbers that speak for it.
    op : The op at fault; empty: none.
    """

    cause: Name
    sentence: Text
    op: Name
