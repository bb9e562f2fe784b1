"""The phones that results are read from."""

from __future__ import annotations

import re
from dataclasses import dataclass

UNKNOWN = "unknown"
_DEVICE = re.compile(r"(iPhone|iPad)[0-9]{1,4},[0-9]{1,4}")


@dataclass(frozen=True, slots=True)
class Machine:
    """A phone by the name it is sold under, and its system on a chip."""

    name: str
    soc: str

    @property
    def chip(self) -> str:
        """The chip in words."""
        return "chip unknown" if self.soc == UNKNOWN else self.soc


# A11 phones end at iOS 16, A12 phones at iOS 18: the article's two. The harness's
# SystemOnChip.swift knows the same.
MACHINES = {
    "iPhone10,1": Machine("iPhone 8", "A11"),
    "iPhone10,2": Machine("iPhone 8 Plus", "A11"),
    "iPhone10,3": Machine("iPhone X", "A11"),
    "iPhone10,4": Machine("iPhone 8", "A11"),
    "iPhone10,5": Machine("iPhone 8 Plus", "A11"),
    "iPhone10,6": Machine("iPhone X", "A11"),
    "iPhone11,2": Machine("iPhone XS", "A12"),
    "iPhone11,4": Machine("iPhone XS Max", "A12"),
    "iPhone11,6": Machine("iPhone XS Max", "A12"),
    "iPhone11,8": Machine("iPhone XR", "A12"),
}


def machine_of(identifier: str) -> Machine | None:
    """Return the phone of Apple's identifier; one that is not known is called by it.

    None where it is no iPhone and no iPad, such as a simulator.
    """
    if known := MACHINES.get(identifier):
        return known
    return Machine(identifier, UNKNOWN) if _DEVICE.fullmatch(identifier) else None
