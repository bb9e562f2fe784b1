"""What a phone is told of an adopted package: its own names, which it is called by there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from poseconvert.conversion.golden import Goldens
from poseconvert.conversion.manifest import Manifest
from poseconvert.decoding import DecodeSpec
from poseconvert.errors import ConversionError

_T = TypeVar("_T")


def in_its_names(folder: Path, manifest: Manifest, goldens: Goldens) -> tuple[Manifest, Goldens]:
    """Rename inputs and outputs as the package does; those of a package made here are so named.

    Raises
    ------
    ConversionError : an output has its channels last, which no decoder on a phone reads.
    """
    interface = manifest.interface
    if interface is None:
        return manifest, goldens
    if last := [one.candidate for one in interface.outputs if one.channels_last]:
        raise ConversionError(
            f"{folder}: its package gives {last[0]} channels last, the harness decodes channels"
            " first. Give out (1, C, H, W)."
        )
    inputs = {ours: one.name for ours, one in interface.inputs.items()}
    outputs = {one.reference: one.candidate for one in interface.outputs}
    return replace(
        manifest,
        inputs=_renamed(manifest.inputs, inputs),
        images=tuple(inputs[name] for name in manifest.images),
        preprocessing=_renamed(manifest.preprocessing, inputs),
        outputs=_renamed(manifest.outputs, outputs),
        decode=tuple(_named(spec, outputs) for spec in manifest.decode),
        interface=None,
    ), replace(
        goldens,
        outputs=_renamed(goldens.outputs, outputs),
        floor=_renamed(goldens.floor, outputs),
    )


def _renamed(values: Mapping[str, _T], names: Mapping[str, str]) -> dict[str, _T]:
    return {names[name]: value for name, value in values.items()}


def _named(spec: DecodeSpec, names: Mapping[str, str]) -> DecodeSpec:
    heatmap, offset = (one and names[one] for one in (spec.heatmap, spec.offset))
    return replace(spec, heatmap=heatmap, offset=offset)
