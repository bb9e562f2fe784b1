"""A network that the user's own code makes: found, made, filled with weights, exported."""

from __future__ import annotations

import inspect
import os
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import fields, is_dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from torch import nn

from poseconvert.errors import ModelError, shortened
from poseconvert.network.archive import Kind, kind_of
from poseconvert.network.checkpoint import (
    Checkpoint,
    load_strictly,
    read_checkpoint,
    refuse_non_finite,
)

# Code that is not the user's: ours, PyTorch's, and what was made of a string.
_NOT_THEIRS = (str(Path(__file__).parents[1]), str(Path(torch.__file__).parent), "<")


def made_by(place: str) -> nn.Module:
    """Call what stands at ``package.module:factory``: a function or class without arguments.

    It is the user's own code and runs as such; what it prints goes to standard error. A network
    that stands there already is returned as it is.

    Raises
    ------
    ModelError : it cannot be imported or called, or makes no network; with its own message.
    """
    module, colon, name = place.partition(":")
    words = [*module.split("."), *name.split(".")]
    if not colon or not all(word.isidentifier() for word in words):
        raise ModelError(
            f"--module {place}: is not package.module:factory. Name a function or class without"
            " arguments that makes the network, such as my_project.pose:build."
        )
    with redirect_stdout(sys.stderr):
        found: Any = _imported(place, module)
        for word in name.split("."):
            if not hasattr(found, word):
                raise ModelError(f"--module {place}: there is no {word}{_others(found)}.")
            found = getattr(found, word)
        network = found if isinstance(found, nn.Module) else _called(place, found)
    if not isinstance(network, nn.Module):
        kind = type(network).__name__
        raise ModelError(f"--module {place}: gives a {kind}. Let it return a torch.nn.Module.")
    return network


def exported(
    network: nn.Module,
    path: Path,
    inputs: Mapping[str, tuple[int, ...]],
    *,
    name: str,
    weights: Path | None = None,
) -> tuple[str, ...]:
    """Write a network as a ``.pt2`` program of float32 inputs of fixed shapes.

    Parameters
    ----------
    inputs : shape of each by name, in the order of the network's arguments.
    name : what it is called in messages.
    weights : a state dict to load into it.

    Returns
    -------
    notes : what was done to it, in sentences.

    Raises
    ------
    ModelError : the weights do not fit, it does not run on the inputs, or cannot be exported.
    """
    if not inputs:
        raise ModelError(
            f"{name}: does not say its input shape. Give it: --input image:1,3,224,224 (once for"
            " each input, in order)"
        )
    notes = _filled(network, weights) if weights else ()
    network = network.float().cpu().eval()
    refuse_non_finite(
        Path(name), {**dict(network.named_parameters()), **dict(network.named_buffers())}
    )
    zeros = tuple(map(torch.zeros, inputs.values()))
    whole = _NamedOutputs(network).eval()
    with _said_of(name, inputs, "does not run on"), torch.inference_mode():
        whole(*zeros)
    with _said_of(name, inputs, "torch.export does not follow it on"):
        program = torch.export.export(whole, zeros, strict=False)
        torch.export.save(program, path)
    return notes


class _NamedOutputs(nn.Module):
    """A network whose outputs keep the names that a dataclass or a named tuple gives them."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, *inputs: torch.Tensor) -> Any:
        outputs = self.network(*inputs)
        if isinstance(outputs, tuple) and hasattr(outputs, "_asdict"):
            return dict(outputs._asdict())
        if is_dataclass(outputs):
            outputs = {one.name: getattr(outputs, one.name) for one in fields(outputs)}
        if isinstance(outputs, Mapping):
            return {str(name): value for name, value in outputs.items() if value is not None}
        return outputs


def _imported(place: str, module: str) -> ModuleType:
    if (here := os.getcwd()) not in sys.path:
        sys.path.insert(0, here)
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        missing = str(error.name)
        if f"{module}.".startswith(f"{missing}."):
            raise ModelError(
                f"--module {place}: no module {missing} is found from {here}. Run it where"
                f' python -c "import {module}" works.'
            ) from error
        raise ModelError(
            f"--module {place}: it imports {missing}, which is not installed beside poseconvert."
            f" Install it there: {sys.executable} -m pip install ..."
        ) from error
    except (Exception, SystemExit) as error:  # whatever the user's code raises
        raise ModelError(f"--module {place}: its import fails: {_own_words(error)}") from error


def _called(place: str, factory: Any) -> Any:
    if not callable(factory):
        kind = type(factory).__name__
        raise ModelError(f"--module {place}: is of type {kind}. Name a function or class.")
    if needed := _arguments(factory):
        raise ModelError(
            f"--module {place}: needs arguments ({', '.join(needed)}). Write a function without"
            " any that makes the network, and name that."
        )
    try:
        return factory()
    except (Exception, SystemExit) as error:  # whatever the user's code raises
        raise ModelError(f"--module {place}: calling it fails: {_own_words(error)}") from error


def _arguments(factory: Callable[..., Any]) -> list[str]:
    """Return the arguments that must be given."""
    try:
        parameters = inspect.signature(factory).parameters.values()
    except (TypeError, ValueError):
        return []
    several = inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD
    return [
        one.name
        for one in parameters
        if one.default is inspect.Parameter.empty and one.kind not in several
    ]


def _others(found: Any) -> str:
    """Name what could be meant: functions and networks that this module itself defines."""
    own = [
        name
        for name, value in vars(found).items()
        if callable(value) and getattr(value, "__module__", "") == getattr(found, "__name__", None)
    ]
    return f". It has {', '.join(own[:8])}" if own else ""


def _filled(network: nn.Module, weights: Path) -> tuple[str, ...]:
    kind = kind_of(weights)
    if kind not in (Kind.TENSORS, Kind.SAFETENSORS):
        raise ModelError(
            f"{weights}: is {kind.value}, not weights. Convert it as MODEL, without --module."
        )
    content = read_checkpoint(weights, kind, trust_pickle=False)
    assert isinstance(content, Checkpoint)  # a pickled module needs trust
    return content.notes + load_strictly(weights, network, content.tensors)


@contextmanager
def _said_of(name: str, inputs: Mapping[str, tuple[int, ...]], what: str) -> Iterator[None]:
    """Run the user's own forward: whatever it raises is one line."""
    try:
        with redirect_stdout(sys.stderr), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except Exception as error:
        shapes = ", ".join(map(str, inputs.values()))
        raise ModelError(
            f"{name}: {what} an input of shape {shapes}: {_own_words(error)}"
        ) from error


def _own_words(error: BaseException) -> str:
    """Return what an exception says and the last line of the user's code that it passed."""
    said = shortened(str(error), 120)
    outside = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith(_NOT_THEIRS) and "importlib" not in frame.filename
    ]
    where = f" ({Path(outside[-1].filename).name}, line {outside[-1].lineno})" if outside else ""
    return f"{type(error).__name__}{f': {said}' if said else ''}{where}. Correct it there."
