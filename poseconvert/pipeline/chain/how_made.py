"""How the package of a conversion was made, read from its manifest, and the line that makes it."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

from poseconvert.conversion.manifest import Manifest
from poseconvert.decoding import PRESETS, specs
from poseconvert.errors import ConversionError, DecodeError
from poseconvert.network.source import Source
from poseconvert.pipeline.chain.conversion import ConversionFolder
from poseconvert.stages.coreml_options import ROUTES, CoreMLOptions, Way

_UNKNOWN = {"torchscript", "exported", "module", "onnx"}  # networks whose files do not say how


def way_of(conversion: ConversionFolder) -> Way:
    """Return the way by which the package was made; to another than an adopted one, the first.

    Raises
    ------
    ConversionError : the manifest does not say it.
    """
    if conversion.manifest.interface:
        return Way(ROUTES[0])
    shipped = next((one.route for one in conversion.manifest.routes if one.shipped), "")
    ways = {str(way): way for route in ROUTES for way in (Way(route), Way(route, expanded=True))}
    if shipped not in ways:
        raise ConversionError(
            f"{conversion.folder}: its manifest does not say by which route the package was made"
            f" ({shipped!r}). Convert again."
        )
    return ways[shipped]


def base_options(conversion: ConversionFolder) -> CoreMLOptions:
    """Return the options of the package with all ops in float16."""
    return CoreMLOptions(target=conversion.manifest.target, images=conversion.manifest.images)


def source_of(conversion: ConversionFolder, way: Way, model: Path | None) -> Source | None:
    """Read MODEL where the package is made from it; other ways start at the graph.

    Raises
    ------
    ConversionError : MODEL is needed and not at hand.
    """
    if way.route != "torch":
        return None
    origin = conversion.origin(model)
    if origin is None or origin.source is None:
        raise ConversionError(
            f"{conversion.folder}: its package was made from PyTorch, and MODEL is not at hand."
            " Give it with --model."
        )
    return origin.source


def convert_line(
    conversion: ConversionFolder, chosen: CoreMLOptions, pictures: Sequence[Path] = ()
) -> str:
    """Write the command that makes a conversion with the ``chosen`` package.

    Decode specs that are not a preset's are called ``SPECS.json``: a conversion does not know
    what file they came from.
    """
    path = Path(os.path.normpath(conversion.folder.absolute() / conversion.manifest.model.path))
    shown = path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
    words = [
        "poseconvert",
        "convert",
        str(shown),
        *_model_words(conversion),
        *_package_words(conversion, chosen),
        *(word for picture in pictures for word in ("--image", str(picture))),
    ]
    return shlex.join(words)


def _model_words(conversion: ConversionFolder) -> Iterator[str]:
    manifest, given = conversion.manifest, conversion.model_options
    if given.arch is not None:
        yield from ("--arch", given.arch)
    if (size := given.size) is not None:
        yield from ("--size", str(size) if isinstance(size, int) else "x".join(map(str, size)))
    if given.output_names:
        yield from ("--outputs", ",".join(given.output_names))
    for option, values in (("scale", given.scale), ("bias", given.bias)):
        if values:
            yield f"--{option}={','.join(map(str, values))}"  # it may begin with a minus
    if manifest.model.options.get("trust_pickle"):
        yield "--trust-pickle"
    if manifest.decode and manifest.model.architecture in _UNKNOWN:
        yield from ("--decode", _preset(conversion) or "SPECS.json")
    yield from _input_words(manifest)


def _input_words(manifest: Manifest) -> Iterator[str]:
    if manifest.model.options.get("inputs"):
        for name, shape in manifest.inputs.items():
            yield from ("--input", f"{name}:{','.join(map(str, shape))}")
    for fit in {one.fit for one in manifest.preprocessing.values()} - {"letterbox"}:
        yield from ("--fit", fit)


def _preset(conversion: ConversionFolder) -> str:
    """Return the preset that gives the conversion's decode specs, "" where none does."""
    manifest = conversion.manifest
    for name in PRESETS:
        try:
            height, width = next(iter(manifest.inputs.values()))[2:]
            found = specs(name, input_size=(height, width), shapes=manifest.outputs)
        except (DecodeError, ValueError):
            continue
        if found == conversion.specs:
            return name
    return ""


def _package_words(conversion: ConversionFolder, chosen: CoreMLOptions) -> Iterator[str]:
    yield from ("--route", way_of(conversion).route, "--precision", chosen.precision)
    for name in chosen.keep_fp32:
        yield from ("--keep-fp32", name)
    if chosen.target != CoreMLOptions().target:
        yield from ("--target", chosen.target)
    if compress := conversion.manifest.compress:
        yield from ("--compress", compress.compression)
    for name in conversion.manifest.preprocessing:
        if name not in chosen.images:
            yield from ("--input-kind", f"{name}:tensor")
