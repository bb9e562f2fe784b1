"""MODEL in any PyTorch form to a :class:`Source`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import torch

from poseconvert.errors import ModelError
from poseconvert.network.archive import Kind, kind_of
from poseconvert.network.checkpoint import Checkpoint, load_strictly, read_checkpoint, refuse_misfit
from poseconvert.network.families import config_for, named_family, recognised
from poseconvert.network.family import input_sides
from poseconvert.network.programs import from_exported, from_module, from_torchscript
from poseconvert.network.source import ModelOptions, Source


def load_source(path: Path, options: ModelOptions, kind: Kind | None = None) -> Source:
    """Read a PyTorch MODEL in any of its forms.

    Parameters
    ----------
    kind : its form, where it was asked already.

    Raises
    ------
    ModelError : the file is refused or does not fit; one line says what to do.
    """
    kind = kind or kind_of(path)
    if kind is Kind.TORCHSCRIPT:
        return from_torchscript(path, options)
    if kind is Kind.EXPORTED:
        return from_exported(path, options)
    content = read_checkpoint(path, kind, trust_pickle=options.trust_pickle)
    if isinstance(content, Checkpoint):
        return _from_checkpoint(path, content, options)
    return from_module(path, content, options)


def _from_checkpoint(path: Path, checkpoint: Checkpoint, options: ModelOptions) -> Source:
    _refuse_unused(path, options)
    name = options.arch or checkpoint.architecture
    try:
        if name is None:
            family, config = recognised(checkpoint.tensors)
        else:
            family = named_family(name)
            stored = checkpoint.config if checkpoint.architecture == name else None
            config = family.config(stored) if stored else config_for(family, checkpoint.tensors)
        config = family.resized(config, options.size)
    except ModelError as error:
        raise ModelError(f"{path}: {error}") from error
    with torch.device("meta"):  # a config of a hundred bytes may ask for a gigabyte of weights
        refuse_misfit(path, family.build(config)[0], checkpoint.tensors)
    network, names = family.build(config)
    notes = checkpoint.notes + load_strictly(path, network, checkpoint.tensors)
    return Source(
        module=network.eval(),
        architecture=family.name,
        inputs=dict.fromkeys(family.inputs, (1, 3, *input_sides(config))),
        output_names=names,
        preset=family.preset,
        config=asdict(config),
        notes=notes + tuple(getattr(config, "notes", ())),
    )


def _refuse_unused(path: Path, options: ModelOptions) -> None:
    """Refuse options a known network has no use for, rather than ignore them."""
    unknown_only = {
        "--input": options.inputs,
        "--outputs": options.output_names,
        "--scale": options.scale,
        "--bias": options.bias,
    }
    given = [name for name, value in unknown_only.items() if value]
    if given:
        raise ModelError(
            f"{path}: {', '.join(given)}: only for networks unknown to us; this one is known,"
            " normalisation included. Omit it; --size changes the input size."
        )
