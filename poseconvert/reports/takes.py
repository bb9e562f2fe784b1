"""What the package of a conversion takes, and what it does with a picture, in one line."""

from __future__ import annotations

from collections.abc import Iterator

from poseconvert.conversion.manifest import Manifest
from poseconvert.imaging.scaling import Scaling
from poseconvert.network.source import ModelOptions


def takes(manifest: Manifest, options: ModelOptions) -> str:
    """Say name, kind, size and range of each input, as whoever writes the app needs them.

    Parameters
    ----------
    options : what the user said of MODEL.
    """
    return f"the package takes {'; '.join(_inputs(manifest, options))}"


def _inputs(manifest: Manifest, options: ModelOptions) -> Iterator[str]:
    for name, shape in manifest.inputs.items():
        if name in manifest.preprocessing and len(shape) == 4:
            height, width = shape[2:]
            kind = "image" if name in manifest.images else "tensor"
            done = _done(manifest, options)
            yield f'{kind} "{name}", RGB 0-255, {width} wide and {height} high, {done}'
        else:
            yield f'tensor "{name}" {"x".join(map(str, shape))}'


def _done(manifest: Manifest, options: ModelOptions) -> str:
    if options.scaling:
        return f"and computes {Scaling(*options.scaling)} of it inside"
    if manifest.model.config:
        return "and normalises it inside, as the network was trained"
    return "and gives it to the network as it is"
