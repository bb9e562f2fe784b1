"""Several sizes at conversion: which MODEL may have them, and what PyTorch returns at each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from poseconvert.conversion.size_record import SizeRecord, text_of
from poseconvert.decoding import PRESETS, DecodeSpec, decode
from poseconvert.errors import ModelError, StageError
from poseconvert.imaging.preprocessing import Preprocessing
from poseconvert.network.archive import Kind, kind_of
from poseconvert.pipeline.chain.decoders import check_decoders, decode_specs
from poseconvert.pipeline.chain.evaluate import Progress
from poseconvert.pipeline.chain.inputs import chain_inputs
from poseconvert.pipeline.chain.model import LoadedModel
from poseconvert.pipeline.chain.sizes import AtSize, named_at, origin_at, pictured_at, reference_at
from poseconvert.stages.coreml_options import Route


def refuse_one_size(path: Path, route: Route | None) -> None:
    """Refuse several sizes for a MODEL, or by a route, that has only one.

    Raises
    ------
    ModelError, StageError : with what to give instead.
    """
    kind = kind_of(path)
    if kind in (Kind.ONNX, Kind.EXPORTED):
        raise ModelError(
            f"{path}: this {kind.value} is of one size, --size names several. Give TorchScript"
            " with --input and --size, or omit --size."
        )
    if route not in (None, "torch"):
        raise StageError(
            f"coreml_from_onnx by {route}: starts at a graph of one size, --size names several."
            " Omit --route, or give one --size."
        )


def other_sizes(
    origin: LoadedModel,
    sizes: Sequence[tuple[int, int]],
    *,
    pictured: Mapping[str, Preprocessing],
    pictures: Sequence[Path],
    decoder: str | None,
    progress: Progress,
) -> tuple[AtSize, ...]:
    """Run PyTorch at every size but the default one, before anything is converted.

    Parameters
    ----------
    sizes : (H, W) in pixels, the default first; empty for one size.
    pictured : how a picture becomes the input at the default size.
    pictures : what is run before our own.
    decoder : what ``--decode`` says.

    Raises
    ------
    ModelError : the network does not take one of them, or not one picture alone.
    """
    if not sizes:
        return ()
    _refuse_inputs(origin)
    return tuple(
        _at_size(
            origin,
            size,
            pictured=pictured,
            pictures=pictures,
            decoder=decoder,
            progress=progress,
        )
        for size in sizes[1:]
    )


def unread(sizes: Sequence[AtSize], heads: Sequence[DecodeSpec]) -> tuple[str, ...]:
    """Say at which sizes joints are not compared although they are at the default one."""
    without = [at.record.name for at in sizes if heads and not at.record.decode]
    if not without:
        return ()
    return (f"decode specs of a file are of one size: no joints at {', '.join(without)}",)


def _refuse_inputs(origin: LoadedModel) -> None:
    """Refuse several sizes for a network that does not take one picture alone.

    Raises
    ------
    ModelError : it takes several inputs, or no picture.
    """
    if len(origin.inputs) != 1 or not origin.pictures:
        taken = ", ".join(f"{name} {shape}" for name, shape in origin.inputs.items())
        raise ModelError(
            f"{origin.path}: takes {taken}; several sizes are for one picture (1, 3, H, W) alone."
            " Give one --size."
        )


def _at_size(
    origin: LoadedModel,
    size: tuple[int, int],
    *,
    pictured: Mapping[str, Preprocessing],
    pictures: Sequence[Path],
    decoder: str | None,
    progress: Progress,
) -> AtSize:
    """Run PyTorch at another size than the default one.

    Parameters
    ----------
    size : (H, W) in pixels.
    pictured : how a picture becomes the input at the default size.
    pictures : what is run before our own.
    decoder : what ``--decode`` says; specs of a file are of one size, and no joints are
        compared at another one.

    Raises
    ------
    ModelError : the network does not take this size.
    """
    there = origin_at(origin, size)
    shown = pictured_at(pictured, size)
    inputs = named_at(chain_inputs(there.inputs, shown, pictures=pictures), size)
    reference = reference_at(there, inputs, size=text_of(size), progress=progress)
    count = there.inputs[there.pictures[0]][0]
    shapes = {name: (count, *values.shape[1:]) for name, values in reference.outputs.items()}
    known = reference.outputs and (decoder or there.preset) in PRESETS
    heads = decode_specs(there, decoder, shapes) if known else ()
    check_decoders(heads, shapes, where=f"{origin.path} at {text_of(size)}")
    record = SizeRecord(*size, shapes, heads)
    poses = tuple(decode(reference.outputs, spec) for spec in heads)
    return AtSize(record, inputs, replace(reference, poses=poses))
