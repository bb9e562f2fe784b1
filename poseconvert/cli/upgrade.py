"""``convert old.mlmodel``: an old Core ML model becomes an ML Program."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import typer

from poseconvert.cli.fencing import fence
from poseconvert.cli.progress import steps

if TYPE_CHECKING:
    from poseconvert.fields import Target

_STEPS = 12
#: What a file is called that is a Core ML model and no network of another kind.
OLD = ".mlmodel"


def upgraded(
    model: Path,
    output: Path | None,
    pictures: Sequence[Path],
    *,
    precision: Literal["auto", "fp16", "fp32"],
    target: Target,
    decode: str | None,
    others: Sequence[object],
    json: bool,
    quiet: bool,
) -> int:
    """Upgrade, compare, print; exit code 1 where parity broke."""
    if any(others):
        raise typer.BadParameter(
            f"{model}: is a Core ML model already. It takes -o, --image, --precision, --target"
            " and --decode; what it takes and gives stays as it is."
        )
    place = output or Path(f"{model.stem}.mlpackage")
    fence(model, *pictures, writes=[place])
    with steps(_STEPS, quiet=quiet) as progress:
        progress("loading the converters")
        from poseconvert.cli.outcome import exit_code, show
        from poseconvert.face.upgrade import upgrade

        found = upgrade(
            model,
            place,
            images=list(pictures),
            precision=precision,
            target=target,
            decode=decode,
            progress=progress,
        )
    show(found, as_json=json, quiet=quiet)
    if not (json or quiet):
        typer.echo(f"upgraded {model} to {place}; the tables say what moved")
    return exit_code(found)
