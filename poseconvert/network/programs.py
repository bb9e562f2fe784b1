"""Networks unknown to us: TorchScript, ``torch.export`` programs and unpickled modules."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from poseconvert.errors import ModelError
from poseconvert.network.archive import vet_exported, vet_torchscript
from poseconvert.network.checkpoint import refuse_non_finite
from poseconvert.network.family import sides
from poseconvert.network.normalized import PerChannel, normalized
from poseconvert.network.scripted_outputs import with_tuple_outputs
from poseconvert.network.source import DEFAULT_INPUT, ModelOptions, Source


def from_torchscript(path: Path, options: ModelOptions) -> Source:
    """Read a TorchScript archive whose code opens no files.

    Raises
    ------
    ModelError : refused, damaged, or it does not run on the given input.
    """
    archive = path if options.trust_pickle else vet_torchscript(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            module = torch.jit.load(archive, map_location="cpu")  # type: ignore[no-untyped-call]
    except Exception as error:  # any of a dozen types, by what is damaged
        raise ModelError(
            f"{path}: damaged TorchScript ({_first_line(error)}). Save it again."
        ) from error
    return from_module(path, module, options, architecture="torchscript")


def from_exported(path: Path, options: ModelOptions) -> Source:
    """Read a ``torch.export`` program in eval mode; sizes left open are fixed by --input.

    Raises
    ------
    ModelError : refused, damaged, in train mode, or of other inputs than --input says.
    """
    archive = path if options.trust_pickle else vet_exported(path)
    logger = logging.getLogger("torch.export")
    level = logger.level
    logger.setLevel(logging.ERROR)  # it prints the traceback of what we say in one line
    try:
        program = torch.export.load(archive)
    except Exception as error:  # any of a dozen types, by what is damaged
        raise ModelError(
            f"{path}: damaged .pt2 program ({_first_line(error)}). Export again."
        ) from error
    finally:
        logger.setLevel(level)
    for node in program.graph.nodes:
        if "batch_norm" in str(node.target) and True in node.args[5:6]:
            raise ModelError(f"{path}: exported in train mode (batch norm). {_AFTER_EVAL}")
        if "dropout" in str(node.target) and True in node.args[2:3]:
            raise ModelError(f"{path}: exported in train mode (dropout). {_AFTER_EVAL}")
    inputs = program.graph_signature.user_inputs
    shapes = [
        tuple(node.meta["val"].shape) for node in program.graph.nodes if node.name in set(inputs)
    ]
    given = list(options.inputs.values())
    for shape in shapes:
        if not given and any(not isinstance(size, int) for size in shape):
            sizes = ", ".join(map(str, shape))
            raise ModelError(
                f"{path}: was exported with open sizes ({sizes}). Give them, as in --input"
                " name:1,3,H,W (once for each input), or export it again without dynamic_shapes."
            )
    if given and not (len(given) == len(shapes) and all(map(_fits, given, shapes))):
        raise ModelError(
            f"{path}: was exported for {_shapes(shapes)}, --input says {_shapes(given)}."
            " Omit --input or export again."
        )
    names = [DEFAULT_INPUT] if len(shapes) == 1 else inputs
    known = options.inputs or dict(zip(names, shapes, strict=True))
    return _source(path, program.module(), "exported", known, options)


def _fits(given: tuple[int, ...], shape: tuple[Any, ...]) -> bool:
    """Whether a shape is the exported one, any size where that is open."""
    return len(given) == len(shape) and all(
        size == known or not isinstance(known, int)
        for size, known in zip(given, shape, strict=True)
    )


def _shapes(shapes: Sequence[tuple[int, ...]]) -> str:
    return f"{len(shapes)} inputs " * (len(shapes) != 1) + ", ".join(map(str, shapes))


_AFTER_EVAL = "Call model.eval() before torch.export.export and save again."


def from_module(
    path: Path, module: nn.Module, options: ModelOptions, *, architecture: str = "module"
) -> Source:
    """Put a module into eval mode and float32, and say so where it was not.

    Raises
    ------
    ModelError : the input shape is not given, or batch norm has no running statistics.
    """
    if not options.inputs:
        raise ModelError(
            f"{path}: {architecture} does not say its input shape."
            f" Give it: --input {DEFAULT_INPUT}:1,3,224,224 (once for each input, in order)"
        )
    notes = []
    if any(getattr(part, "training", False) for part in module.modules()):
        notes.append("the model was in train mode: put into eval mode")
    if hasattr(module, "training"):  # frozen TorchScript has no mode left
        module.eval()
    module.float()
    _refuse_batch_statistics(path, module)
    return _source(path, module, architecture, options.inputs, options, notes=tuple(notes))


def _source(
    path: Path,
    module: nn.Module,
    architecture: str,
    inputs: Mapping[str, tuple[int, ...]],
    options: ModelOptions,
    *,
    notes: tuple[str, ...] = (),
) -> Source:
    """Wrap a network we know nothing of; its outputs are counted by running it once."""
    _refuse_family_options(path, architecture, inputs, options)
    tensors = {**dict(module.named_parameters()), **dict(module.named_buffers())}
    refuse_non_finite(path, tensors)
    outputs = _outputs(path, module, inputs, options)
    names = _output_names(path, outputs, options.output_names)
    if isinstance(module, torch.jit.ScriptModule) and isinstance(outputs, Mapping | list):
        module = with_tuple_outputs(module, tuple(map(torch.zeros, inputs.values())))
    if options.scaling:
        if len(inputs) > 1:
            raise ModelError(
                f"{path}: --scale, --bias and --normalize are for one input, this takes"
                f" {len(inputs)}. Normalise inside the network."
            )
        (shape,) = inputs.values()
        scale, bias = (_of_channels(path, values, shape) for values in options.scaling)
        module = normalized(module, scale=scale, bias=bias)
    return Source(
        module=module,
        architecture=architecture,
        inputs=inputs,
        output_names=names,
        notes=notes,
    )


def _of_channels(path: Path, values: PerChannel, shape: tuple[int, ...]) -> tuple[float, ...]:
    """Return numbers for R, G and B, or the one for a picture of one channel."""
    channels = shape[1] if len(shape) == 4 else 0
    if channels == 1 and len(set(values)) == 1:
        return values[:1]
    if channels != 3:
        raise ModelError(
            f"{path}: --scale, --bias and --normalize are for pictures of R, G and B, the input"
            f" has shape {shape}. Normalise inside the network."
        )
    return values


def _refuse_family_options(
    path: Path, architecture: str, inputs: Mapping[str, tuple[int, ...]], options: ModelOptions
) -> None:
    """Refuse --arch, and a --size that does not repeat what the input's shape says."""
    given = None if options.size is None else sides(options.size)
    if options.arch or (given and all(shape[2:] != given for shape in inputs.values())):
        raise ModelError(
            f"{path}: --arch and --size are for state dicts; this is {architecture}. Omit them,"
            " or give --input; of several sizes, that of --input comes first."
        )


def _refuse_batch_statistics(path: Path, module: nn.Module) -> None:
    for name, part in module.named_modules():
        kind = getattr(part, "original_name", type(part).__name__)
        if kind.startswith("BatchNorm") and getattr(part, "running_mean", None) is None:
            raise ModelError(
                f"{path}: {name or kind} normalises with the statistics of its own batch, so no"
                " picture has one answer. Train it with track_running_stats=True."
            )


def _outputs(
    path: Path, module: nn.Module, inputs: Mapping[str, tuple[int, ...]], options: ModelOptions
) -> Any:
    try:
        with torch.inference_mode():
            return module(*map(torch.zeros, inputs.values()))
    except Exception as error:  # whatever the user's forward raises
        cure = (
            "Leave this size out of --size."
            if options.size
            else "Give the right one with --input name:1,3,H,W."
        )
        raise ModelError(
            f"{path}: does not run on an input of shape {', '.join(map(str, inputs.values()))}"
            f" ({_first_line(error)}). {cure}"
        ) from error


def _output_names(path: Path, outputs: Any, names: Sequence[str]) -> tuple[str, ...]:
    if isinstance(outputs, Mapping):
        names = names or tuple(map(str, outputs))
        outputs = tuple(outputs.values())
    outputs = tuple(outputs) if isinstance(outputs, tuple | list) else (outputs,)
    if not outputs or not all(isinstance(tensor, Tensor) for tensor in outputs):
        raise ModelError(f"{path}: must return a tensor, or a tuple or dict of tensors.")
    names = tuple(names) or tuple(f"output_{index}" for index in range(len(outputs)))
    if len(names) != len(outputs):
        raise ModelError(
            f"{path}: returns {len(outputs)} tensors, --outputs names {len(names)}."
            " Name each one, in order."
        )
    return names


def _first_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines[0] if lines else type(error).__name__)[:160]
