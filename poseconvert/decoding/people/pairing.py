"""Which person of a candidate is which of the reference: by the similarity of their joints."""

from __future__ import annotations

import numpy as np

from poseconvert.decoding.people.record import Found
from poseconvert.decoding.people.suppression import oks

# Less alike than this is another person: a person of COCO's median size whose joints all moved by
# a fifth of the height has about as much.
_ALIKE = 0.1
# Square pixels below which a person's size says little: COCO's smallest class ends here.
_SMALLEST = 32.0**2


def pair_people(reference: Found, candidate: Found) -> dict[int, int]:
    """Return the candidate's person by the reference's, the most alike first, each once.

    Joints that either side lacks are left out; people who share none are not alike.
    """
    first, second = len(reference.person), len(candidate.person)
    if not first or not second:
        return {}
    sides = np.nan_to_num(reference.box[:, 2:] - reference.box[:, :2])
    area = np.maximum(np.prod(np.maximum(sides, 0), axis=1), _SMALLEST)
    alike = np.stack(
        [
            oks(one, candidate.position, np.full(second, size))
            for one, size in zip(reference.position, area, strict=True)
        ]
    )
    pairs: dict[int, int] = {}
    taken = set[int]()
    for flat in np.argsort(-alike, axis=None, kind="stable"):
        m, other = divmod(int(flat), second)
        if alike[m, other] < _ALIKE:
            break
        if m not in pairs and other not in taken:
            pairs[m] = other
            taken.add(other)
    return pairs
