"""Whether the parts of goldens agree: as many rows as names, types that are stored, known names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poseconvert.errors import quoted

_STORED = ("uint8", "float32")


def disagreements(
    names: Sequence[str],
    inputs: Sequence[NDArray[Any]],
    outputs: Mapping[str, NDArray[Any]],
    *,
    floor: Mapping[str, object],
    joints: Mapping[str, NDArray[Any]],
    origins: Sequence[str],
) -> Iterator[str]:
    """Yield what does not fit of :class:`poseconvert.conversion.golden.Goldens`, and the cure."""
    if isinstance(names, str) or not names:
        yield f'names {quoted(names)} are not a tuple of names. Give ("name",), one per case'
        return
    if len(set(names)) < len(names):
        yield "two cases have one name. Name each input once"
    if len(origins) != len(names):
        yield f"{len(origins)} origins of {len(names)} cases. Give one per case, or none"
    yield from _input_faults(inputs, cases=len(names))
    if not outputs:
        yield "there are no outputs. Give at least one array by its name"
    for name, values in outputs.items():
        yield from _faults(f"output {quoted(name)}", values, ("float32",), cases=len(names))
    if floor and set(floor) != set(outputs):
        odd = sorted(set(floor) ^ set(outputs))
        yield f"noise floor and outputs differ in {quoted(odd[0])}. Give {{}} or one per output"
    for head, values in joints.items():
        yield from _joint_faults(f"joints of head {quoted(head)}", values, cases=len(names))


def _input_faults(inputs: Sequence[NDArray[Any]], *, cases: int) -> Iterator[str]:
    if isinstance(inputs, np.ndarray):
        yield (
            f"inputs are one array {inputs.shape}. Give a tuple with one array per input of the"
            " network: (array,)"
        )
        return
    if not inputs:
        yield "there are no inputs. Give a tuple with one array per input of the network"
    for place, values in enumerate(inputs, 1):
        where = f"input {place}"
        yield from (faults := list(_faults(where, values, _STORED, cases=cases)))
        if not faults and values.dtype == np.uint8 and (values.ndim != 4 or values.shape[3] != 3):
            yield f"{where} is uint8 {values.shape}. Give pictures as (N, H, W, 3), else float32"


def _joint_faults(where: str, values: NDArray[Any], *, cases: int) -> Iterator[str]:
    if values.ndim != 3 or len(values) != cases or values.shape[2] not in (2, 3):
        yield f"{where} are {values.shape}. Give ({cases}, J, 2 or 3)"


def _faults(
    where: str, values: NDArray[Any], dtypes: Sequence[str], *, cases: int
) -> Iterator[str]:
    if not isinstance(values, np.ndarray):
        yield f"{where} is a {type(values).__name__}. Give an array"
    elif values.dtype.name not in dtypes:
        yield f"{where} is {values.dtype.name}. Give {' or '.join(dtypes)}"
    elif not values.ndim or len(values) != cases or not values.size:
        yield f"{where} is {values.shape}, names are {cases}. Give one row per name"
