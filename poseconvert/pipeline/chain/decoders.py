"""The decode specs of a network, and whether they fit it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from poseconvert.decoding import DecodeSpec, chosen_specs, decode, decode_people, offer
from poseconvert.errors import DecodeError
from poseconvert.pipeline.chain.model import LoadedModel

# No picture has more pixels on a side, no network more joints.
_LARGEST = 1 << 16


def decode_specs(
    origin: LoadedModel, decode: str | None, outputs: Mapping[str, tuple[int, ...]]
) -> tuple[DecodeSpec, ...]:
    """Return the decode spec of each head: of the preset or file named, else of the family.

    Raises
    ------
    DecodeError : a preset for a network without picture, or specs that do not fit.
    """
    chosen = decode or origin.preset
    if chosen is None:
        return ()
    try:
        return chosen_specs(chosen, input_size=_picture(origin), shapes=outputs)
    except DecodeError as error:
        raise DecodeError(f"{origin.path}: {error}") from error


def decoders_offered(
    origin: LoadedModel, heads: Sequence[DecodeSpec], outputs: Mapping[str, tuple[int, ...]]
) -> tuple[str, ...]:
    """Say which presets fit a network that no decoder was named for."""
    return () if heads else (offer(outputs, _picture(origin)),)


def _picture(origin: LoadedModel) -> tuple[int, int] | None:
    if not origin.pictures:
        return None
    height, width = origin.inputs[origin.pictures[0]][2:]
    return height, width


def check_decoders(
    specs: Sequence[DecodeSpec], shapes: Mapping[str, Sequence[int]], *, where: str
) -> None:
    """Refuse a spec whose grid or stride is not the network's: every joint would be elsewhere.

    Parameters
    ----------
    shapes : of the outputs, by name.
    where : what the specs come from.

    Raises
    ------
    DecodeError : an output has another shape, or its cells do not span the input.
    """
    for spec in specs:
        _check_shapes(spec, shapes, where=where)
        if spec.heatmap is None or spec.refinement == "simcc" or spec.heatmap not in shapes:
            continue
        plane, grid = tuple(shapes[spec.heatmap][-2:]), tuple(spec.grid[-2:])
        if plane != grid:
            raise DecodeError(
                f"{where}: {spec.heatmap} is {plane[0]}x{plane[1]}, its decode spec says"
                f" {grid[0]}x{grid[1]}. Correct the grid."
            )
        for cells, stride, size in zip(grid, spec.stride[-2:], spec.size, strict=True):
            if abs(cells * stride - size) > 2 * stride:  # borders may lack a cell or two
                raise DecodeError(
                    f"{where}: {spec.heatmap}: {cells} cells of stride {stride:g} span"
                    f" {cells * stride:g} pixels, the input has {size}. Correct the stride."
                )


def _check_shapes(spec: DecodeSpec, shapes: Mapping[str, Sequence[int]], *, where: str) -> None:
    """Decode tensors of NaN of these shapes: the decoder itself says what does not fit."""
    if max(spec.joints, *spec.grid, *spec.size) > _LARGEST:
        raise DecodeError(f"{where}: joints, grid and size are at most {_LARGEST}. Correct them.")
    known = {name: shapes[name] for name in spec.reads if name in shapes}
    outputs = {
        name: np.full((1, *shape[1:]), np.nan, np.float32)
        for name, shape in known.items()
        if all(side > 0 for side in shape[1:])
    }
    try:
        decode(outputs, spec)
        if spec.people is not None:
            decode_people(outputs, spec)
    except DecodeError as error:
        raise DecodeError(f"{where}: {error}") from error
    except (ValueError, ArithmeticError, IndexError, TypeError, MemoryError) as error:
        raise DecodeError(f"{where}: does not fit {known} ({error}). Correct it.") from error
