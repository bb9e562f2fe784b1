"""MODEL as a network ready for export: one picture in, named tensors out."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from poseconvert.errors import ModelError
from poseconvert.network.archive import Kind, kind_of, vet_exported, vet_torchscript
from poseconvert.network.checkpoint import (
    Checkpoint,
    load_strictly,
    read_checkpoint,
    refuse_non_finite,
)
from poseconvert.network.family import named_family, recognised
from poseconvert.network.normalized import PerChannel, normalized

DEFAULT_INPUT = "image"


@dataclass(frozen=True, slots=True)
class ModelOptions:
    """What the user says of MODEL where the file does not say it.

    Attributes
    ----------
    arch : family name, or None to recognise it by its keys.
    size : side of the square input in pixels, or None for the family's.
    input_name, input_shape : the one input of a network unknown to us.
    output_names : names for the outputs of a network unknown to us.
    scale, bias : ``x * scale + bias`` put in front of a network unknown to us,
        per RGB channel; None where it takes 0-255 as it is.
    trust_pickle : allow files that run code when loaded.
    """

    arch: str | None = None
    size: int | None = None
    input_name: str = DEFAULT_INPUT
    input_shape: tuple[int, ...] | None = None
    output_names: tuple[str, ...] = ()
    scale: PerChannel | None = None
    bias: PerChannel | None = None
    trust_pickle: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """A network in eval mode, float32 on CPU.

    Attributes
    ----------
    module : maps (N, C, H, W) float32 to a tensor or a tuple of tensors.
    architecture : family name, ``torchscript``, ``exported`` or ``module``.
    input_name, input_shape : the one input; for pictures RGB in 0-255.
    output_names : one name per tensor the module returns.
    preset : decode preset of the family, None for unknown networks.
    config : what the family was built with.
    notes : what was done to the model, in sentences the user reads.
    """

    module: nn.Module
    architecture: str
    input_name: str
    input_shape: tuple[int, ...]
    output_names: tuple[str, ...]
    preset: str | None = None
    config: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def load_source(path: Path, options: ModelOptions) -> Source:
    """Read a PyTorch MODEL in any of its forms.

    Raises
    ------
    ModelError : the file is refused or does not fit; one line says what to do.
    """
    kind = kind_of(path)
    if kind is Kind.TORCHSCRIPT:
        return _from_torchscript(path, options)
    if kind is Kind.EXPORTED:
        return _from_exported(path, options)
    content = read_checkpoint(path, kind, trust_pickle=options.trust_pickle)
    if isinstance(content, Checkpoint):
        return _from_checkpoint(path, content, options)
    return _unknown(path, content, "module", options)


def _from_checkpoint(path: Path, checkpoint: Checkpoint, options: ModelOptions) -> Source:
    name = options.arch or checkpoint.architecture
    try:
        if name is None:
            family, config = recognised(checkpoint.tensors)
        else:
            family = named_family(name)
            stored = checkpoint.config if checkpoint.architecture == name else None
            config = family.config(stored) if stored else family.recognise(checkpoint.tensors)
            config = config if config is not None else family.config({})
        config = family.resized(config, options.size)
    except ModelError as error:
        raise ModelError(f"{path}: {error}") from error
    network = family.network(config)
    notes = checkpoint.notes + load_strictly(path, network, checkpoint.tensors)
    return Source(
        module=network.eval(),
        architecture=family.name,
        input_name=DEFAULT_INPUT,
        input_shape=(1, 3, config.input_size, config.input_size),
        output_names=network.output_names,
        preset=family.preset,
        config=asdict(config),
        notes=notes + tuple(getattr(config, "notes", ())),
    )


def _from_torchscript(path: Path, options: ModelOptions) -> Source:
    archive = path if options.trust_pickle else vet_torchscript(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            module = torch.jit.load(archive, map_location="cpu")  # type: ignore[no-untyped-call]
    except Exception as error:  # any of a dozen types, by what is damaged
        raise ModelError(
            f"{path}: damaged TorchScript ({_first_line(error)}). Save it again."
        ) from error
    return _unknown(path, module, "torchscript", options)


def _from_exported(path: Path, options: ModelOptions) -> Source:
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
    if len(shapes) != 1:
        raise ModelError(f"{path}: takes {len(shapes)} inputs. One picture input is supported.")
    if options.input_shape not in (None, shapes[0]):
        raise ModelError(
            f"{path}: was exported for input {shapes[0]}, --input says {options.input_shape}."
            " Leave --input away or export again."
        )
    return _unknown(path, program.module(), "exported", options, shape=shapes[0])


_AFTER_EVAL = "Call model.eval() before torch.export.export and save again."


def _unknown(
    path: Path,
    module: nn.Module,
    architecture: str,
    options: ModelOptions,
    *,
    shape: tuple[int, ...] | None = None,
) -> Source:
    """Wrap a network we know nothing of; its outputs are counted by running it once."""
    shape = shape or options.input_shape
    if shape is None:
        raise ModelError(
            f"{path}: {architecture} does not say its input shape."
            f" Give it: --input {options.input_name}:1,3,224,224"
        )
    notes: list[str] = []
    if architecture != "exported":  # an exported program has its mode burnt in
        if any(getattr(part, "training", False) for part in module.modules()):
            notes.append("the model was in train mode: put into eval mode")
        if hasattr(module, "training"):  # frozen TorchScript has no mode left
            module.eval()
        module.float()
        _refuse_batch_statistics(path, module)
    tensors = {**dict(module.named_parameters()), **dict(module.named_buffers())}
    refuse_non_finite(path, tensors)
    if options.scale or options.bias:
        one, zero = (1.0, 1.0, 1.0), (0.0, 0.0, 0.0)
        module = normalized(module, scale=options.scale or one, bias=options.bias or zero)
    names = _output_names(path, _outputs(path, module, shape), options.output_names)
    return Source(
        module=module,
        architecture=architecture,
        input_name=options.input_name,
        input_shape=shape,
        output_names=names,
        notes=tuple(notes),
    )


def _refuse_batch_statistics(path: Path, module: nn.Module) -> None:
    for name, part in module.named_modules():
        kind = getattr(part, "original_name", type(part).__name__)
        if kind.startswith("BatchNorm") and getattr(part, "running_mean", None) is None:
            raise ModelError(
                f"{path}: {name or kind} normalises with the statistics of its own batch, so no"
                " picture has one answer. Train it with track_running_stats=True."
            )


def _outputs(path: Path, module: nn.Module, shape: tuple[int, ...]) -> Any:
    try:
        with torch.inference_mode():
            return module(torch.zeros(shape))
    except Exception as error:  # whatever the user's forward raises
        raise ModelError(
            f"{path}: does not run on an input of shape {shape} ({_first_line(error)})."
            " Give the right one with --input name:1,3,H,W."
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
