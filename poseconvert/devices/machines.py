"""The phones that results are read from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Machine:
    """A phone by the name it is sold under, and its system on a chip."""

    name: str
    soc: str


# A11 phones end at iOS 16, A12 phones at iOS 18.
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
