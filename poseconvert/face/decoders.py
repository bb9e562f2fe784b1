"""The decode presets: what they are for, and which fit given outputs."""

from __future__ import annotations

from collections.abc import Mapping

from poseconvert.decoding import fitting
from poseconvert.decoding.catalogue import CATALOGUE, Preset


def decoders(
    shapes: Mapping[str, tuple[int, ...]] | None = None,
    *,
    input_size: tuple[int, int] | None = None,
) -> tuple[Preset, ...]:
    """Return all presets, or those that fit the outputs of a network.

    Parameters
    ----------
    shapes : of every output, by name, N leading.
    input_size : (H, W) of the network's picture; None where it takes none.
    """
    if shapes is None:
        return CATALOGUE
    names = fitting(shapes, input_size)
    return tuple(one for one in CATALOGUE if one.name in names)
