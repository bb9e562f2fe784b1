"""The decode specs of a network, and whether they fit it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from poseconvert.decoding import PRESETS, DecodeSpec, load_specs, specs
from poseconvert.errors import DecodeError, GraphError
from poseconvert.pipeline.chain.model import LoadedModel


def decode_specs(
    origin: LoadedModel, decode: str | None, outputs: Mapping[str, tuple[int, ...]]
) -> tuple[DecodeSpec, ...]:
    """Return the decode spec of each head: of the preset or file named, else of the family.

    Raises
    ------
    GraphError, DecodeError : a preset for a network without picture, or specs that do not fit.
    """
    chosen = decode or origin.preset
    if chosen is None:
        return ()
    if chosen not in PRESETS:
        return load_specs(chosen)
    if not origin.pictures:
        raise GraphError(f"{origin.path}: takes no picture; --decode {chosen} cannot be used.")
    height, width = origin.inputs[origin.pictures[0]][2:]
    return specs(chosen, input_size=(height, width), shapes=outputs)


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
    DecodeError : the heatmap has other cells, or they do not span the input.
    """
    for spec in specs:
        if spec.heatmap is None or spec.heatmap not in shapes:
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
