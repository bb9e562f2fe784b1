"""Options that say what MODEL is and wants of a picture: code of the user's own, input range."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from poseconvert.cli.bundled import REFERENCE_MODEL

if TYPE_CHECKING:
    from torch.nn import Module

OwnModule = Annotated[
    str | None,
    typer.Option(
        "--module",
        metavar="PACKAGE.MODULE:FACTORY",
        help="In place of MODEL: your own code that makes the network; it is run. Needs --input.",
    ),
]
Weights = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="A state dict to load into the network of --module."),
]
Normalize = Annotated[
    Literal["imagenet", "0-1", "-1-1", "none"] | None,
    typer.Option(help="What an unknown network wants of a picture; none: 0-255."),
]
Mean = Annotated[
    str | None,
    typer.Option(metavar="NUMBER", help="As torchvision's Normalize: of pictures in 0-1."),
]
Deviation = Annotated[
    str | None, typer.Option("--std", metavar="NUMBER", help="As torchvision's Normalize.")
]


def model_or_network(
    model: Path | None, module: str | None, weights: Path | None
) -> tuple[Module | None, Path]:
    """Return the network of the user's own code, if asked for, and what all is named after.

    No fence is for that code; files are to be read behind one.

    Raises
    ------
    typer.BadParameter, ModelError : options that contradict each other; code that makes none.
    """
    if module is None:
        if weights:
            raise typer.BadParameter(
                f"--weights {weights}: go into the network of --module. Give them as MODEL, or"
                " give --module too."
            )
        return None, model or REFERENCE_MODEL
    if model:
        raise typer.BadParameter(f"--module and MODEL ({model}): give one of them.")
    from poseconvert.face.own_network import own_network

    return own_network(module), weights or Path(module.rpartition(":")[2])
