"""Apps that decode otherwise than the manifest says: other ways are tried on their outputs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import permutations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poseconvert.decoding import DecodeSpec, decode
from poseconvert.drift.format import number
from poseconvert.errors import PoseconvertError
from poseconvert.pipeline.chain.measurement import Diagnosis
from poseconvert.pipeline.chain.recorded import present

#: An app's decoder may round to float32 or float16.
_SAME_PX = 0.25


def decoder_causes(
    outputs: Mapping[str, Any], joints: Mapping[str, NDArray[Any]], specs: Sequence[DecodeSpec]
) -> Iterator[Diagnosis]:
    """Find, for each head whose joints are elsewhere, the decoder that gives them."""
    for spec in specs:
        head = "3d" if spec.dims == 3 else "2d"
        if head not in joints or joints[head].shape[-1] != spec.dims:
            continue
        before = _apart(outputs, spec, joints[head])
        if before <= _SAME_PX:
            continue
        found = []
        for words, other in _others(spec):
            after = _apart(outputs, other, joints[head])
            if after <= _SAME_PX:
                found.append((after, words))
        words = min(found)[1] if found else "in no way that was tried"
        said = f"{head} joints lie up to {number(before)} px from where they should"
        yield Diagnosis(
            "decoder",
            f"{said}: the app decodes {words}, the manifest says {_of(spec)}"
            if found
            else f"{said}, and {words} do the outputs give them: compare the app's decoder with the"
            " manifest's decode spec",
        )


def _of(spec: DecodeSpec) -> str:
    return (
        f"offsets {spec.offset_order} in units of {spec.offset_unit}, cell centre {spec.centre:g},"
        f" grid {'x'.join(map(str, spec.grid))}"
    )


def _apart(outputs: Mapping[str, Any], spec: DecodeSpec, joints: NDArray[Any]) -> float:
    try:
        ours = decode(dict(outputs), spec).position
    except PoseconvertError:
        return np.inf
    return float(np.abs(present(ours) - present(joints)).max()) if ours.size else np.inf


def _others(spec: DecodeSpec) -> Iterator[tuple[str, DecodeSpec]]:
    """Yield decoders that go wrong in one thing."""
    for unit in ("pixel", "cell", "image"):
        if unit != spec.offset_unit:
            yield f"offsets in units of {unit}", replace(spec, offset_unit=unit)
    for centre in (0.0, 0.5):
        if centre != spec.centre:
            yield f"with cell centre {centre:g}", replace(spec, centre=centre)
    for order in permutations(spec.offset_order):
        if "".join(order) != spec.offset_order:
            yield (
                f"offsets in the order {''.join(order)}",
                replace(spec, offset_order="".join(order)),
            )
    if spec.refinement == "offset" and spec.people is None:
        yield "without offsets", replace(spec, refinement="none", offset=None)
    for factor in (0.5, 2.0):
        yield (
            f"with stride {spec.stride[0] * factor:g}",
            replace(spec, stride=tuple(s * factor for s in spec.stride)),
        )
