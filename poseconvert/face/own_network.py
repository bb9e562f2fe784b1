"""MODEL as a network of the user's own code instead of a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from poseconvert.errors import UsageError
from poseconvert.face.choices import AnyPath, Sizes

if TYPE_CHECKING:
    from torch.nn import Module

#: What a network is exported to, in the conversion's folder.
PROGRAM = "network.pt2"


def own_network(place: str) -> Module:
    """Make the network that ``package.module:factory`` names; the user's own code runs.

    Raises
    ------
    ModelError : it cannot be imported or made; with its own message.
    """
    from poseconvert.network.own_code import made_by

    return made_by(place)


def model_path(
    model: AnyPath | Module, weights: AnyPath | None, *, size: Sizes | None, arch: str | None
) -> Path:
    """Return the file, or what a network's conversion is named after.

    Raises
    ------
    UsageError : neither a path nor a network, or options that do not go with it.
    """
    if isinstance(model, str | PathLike):
        if weights is not None:
            raise UsageError(
                f"weights {weights}: go into a network, and MODEL is a file. Give the weights as"
                " MODEL, or the network with --module."
            )
        return Path(model)
    if not callable(getattr(model, "state_dict", None)):
        kind = type(model).__name__
        raise UsageError(f"model: a {kind}. Give a path or a torch.nn.Module.")
    if size is not None or arch is not None:
        raise UsageError(
            "size and arch are for a state dict of a known family. Omit them; --input says the"
            " network's shape."
        )
    return Path(weights) if weights is not None else Path(type(model).__name__)


def program_of(
    model: AnyPath | Module,
    weights: AnyPath | None,
    path: Path,
    folder: Path,
    inputs: Mapping[str, tuple[int, ...]],
    progress: Callable[[str], None],
) -> tuple[Path, tuple[str, ...]]:
    """Export a network into a folder; return the program and what was done. A file stays itself.

    Raises
    ------
    ModelError : see :func:`poseconvert.network.own_code.exported`.
    """
    if isinstance(model, str | PathLike):
        return path, ()
    from poseconvert.network.own_code import exported

    progress("exporting the network")
    name = type(model).__name__
    notes = exported(
        model,
        folder / PROGRAM,
        inputs,
        name=name,
        weights=None if weights is None else Path(weights),
    )
    filled = f" with the weights of {Path(weights).name}" if weights is not None else ""
    return folder / PROGRAM, (f"{name}{filled} was exported as {PROGRAM}", *notes)
