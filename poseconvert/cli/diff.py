"""``poseconvert diff --image PIC... [CONVERSION]``, ``diff A B``, and ``--recheck``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from poseconvert.cli.artifacts import (
    SUFFIXES,
    artifacts_among,
    compared,
    refuse_of_conversion,
    two_networks,
)
from poseconvert.cli.fencing import fence
from poseconvert.cli.options import parse_tolerance
from poseconvert.cli.progress import steps
from poseconvert.cli.reference import meant
from poseconvert.errors import ConversionError

if TYPE_CHECKING:
    from poseconvert.face.results import Diff

_STEPS = 7
_CONVERSION = ".poseconvert"

EXAMPLES = """
Exit 0: parity held on every picture. 1: broken or not established. 2: bad input.

\b
Examples:
  poseconvert diff
  poseconvert diff --image photo
  poseconvert diff model.poseconvert photos/*.jpg --png diff.png --html diff.html
  poseconvert diff mine.onnx theirs.mlpackage --image photo
  poseconvert diff --ops --html ops.html
  poseconvert diff --ops --bisect repro
  poseconvert diff --recheck model.poseconvert --tolerance coreml_from_onnx.psnr_db=60
"""


def command(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[PIC]... [CONVERSION | A B...]",
            help="Pictures, and one conversion folder, or artifacts to compare with the first.",
        ),
    ] = None,
    image: Annotated[
        list[Path] | None,
        typer.Option(metavar="PIC", help="A picture; figure and photo are ours; may repeat."),
    ] = None,
    model: Annotated[
        Path | None,
        typer.Option(metavar="MODEL", help="MODEL, where it is not where it was converted."),
    ] = None,
    png: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write skeletons per artifact here.")
    ] = None,
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="Write a report here.")] = None,
    allow_edited: Annotated[
        bool, typer.Option("--allow-edited", help="Compare files changed after the conversion.")
    ] = False,
    recorded: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Judge outputs that a phone or a Mac recorded."),
    ] = None,
    ops: Annotated[
        bool, typer.Option("--ops", help="Drift of every op, and the first over tolerance.")
    ] = False,
    bisect: Annotated[
        Path | None,
        typer.Option(
            "--bisect",
            metavar="DIR",
            help="With --ops: write the smallest model that shows the first op's drift here.",
        ),
    ] = None,
    recheck: Annotated[
        bool, typer.Option("--recheck", help="Judge what convert measured again; run nothing.")
    ] = False,
    tolerance: Annotated[
        list[str] | None,
        typer.Option(
            metavar="STAGE.FIELD=VALUE",
            help="With --recheck: another tolerance; may repeat. relative still follows the noise.",
        ),
    ] = None,
    match: Annotated[
        list[str] | None,
        typer.Option(
            metavar="A=B", help="With A B: B's input or output that stands for A's; may repeat."
        ),
    ] = None,
    decode: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SPEC",
            help="With A B: decode preset (the command decoders lists them), or a JSON file; two"
            " of two networks: joints.",
        ),
    ] = None,
    input_: Annotated[
        list[str] | None,
        typer.Option(
            "--input", metavar="NAME:SHAPE", help="With A B: a shape that no artifact says."
        ),
    ] = None,
    scale: Annotated[
        str | None,
        typer.Option(
            metavar="NUMBER",
            help="With A B: x * scale + bias for tensor inputs, e.g. 1/255.",
        ),
    ] = None,
    bias: Annotated[
        str | None, typer.Option(metavar="NUMBER", help="One number, or three for R,G,B.")
    ] = None,
    second_opinion: Annotated[
        bool,
        typer.Option(
            "--second-opinion",
            help="Ask Apple's Core AI interpreter too (extra coreai); it decides nothing.",
        ),
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print parity as JSON.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print only errors.")] = False,
) -> int:
    """Run every artifact on pictures and show what moved.

    Without pictures the stored goldens are used. Without CONVERSION: the one in
    the current folder, else the bundled reference model. With --ops every op of
    every graph is compared too: alone on the reference's inputs, and as it ran.
    Where parity is not held, likely causes are tried and the one that fits is said.
    A picture that cannot be read is reported and the others are compared: exit 1.
    With --recheck nothing runs: what convert measured is judged by --tolerance.
    With artifacts A B (.onnx, .mlpackage, TorchScript, .pt2, checkpoints, conversion folders)
    each is compared with the first, whoever made them. Two networks that have only their task
    in common are compared in joints: give --decode for each, in order.
    """
    artifacts, pictures = artifacts_among(paths or (), image or ())
    said = (match, decode, input_, scale, bias)
    if len(artifacts) > 1:
        refuse_of_conversion(
            model, allow_edited, recorded, bisect, recheck, tolerance, second_opinion
        )
        if len(decode or ()) > 1:
            return two_networks(
                artifacts, pictures, said, png=png, html=html, json=json, quiet=quiet
            )
        found = compared(artifacts, pictures, said, ops=ops, png=png, html=html, quiet=quiet)
        return _shown(found, as_json=json, quiet=quiet)
    if len(artifacts) == 1 and artifacts[0].suffix.lower() in SUFFIXES:
        raise typer.BadParameter(
            f"{artifacts[0]}: one artifact. Name another to compare it with, or convert it:"
            f" poseconvert convert {artifacts[0]}"
        )
    if any(said):
        raise typer.BadParameter(
            "--match, --decode, --input, --scale and --bias are for artifacts A B. Give two."
        )
    named_folder, pictures = _sorted(paths or (), image or ())
    if recheck or tolerance:
        beside = (pictures, model, png, html, recorded, ops, bisect, allow_edited, second_opinion)
        _refuse_running(recheck, any(beside))
        return _recheck(named_folder, tolerance or (), as_json=json, quiet=quiet)
    if bisect and not ops:
        raise typer.BadParameter("--bisect needs the drift of every op. Give --ops too.")
    place = meant(named_folder)
    fence(*pictures, place, model, recorded, edited=allow_edited, writes=[png, html, bisect])
    with steps(_STEPS, quiet=quiet) as progress:
        progress("loading the runtimes")
        from poseconvert.face.commands import diff

        found = diff(
            place,
            pictures,
            model=model,
            allow_edited=allow_edited,
            recorded=recorded,
            ops=ops,
            second_opinion=second_opinion,
            bisect=bisect,
            png=png,
            html=html,
            progress=progress,
        )
    code = _shown(found, as_json=json, quiet=quiet)
    if found.repro and not (json or quiet):
        typer.echo(found.repro)
    return code


def _sorted(paths: Sequence[Path], image: Sequence[Path]) -> tuple[Path | None, list[Path]]:
    """Tell the conversion folder from the pictures; the same picture twice is one input."""
    folders = [path for path in paths if path.is_dir()]
    for path in paths:  # one that is missing is never replaced by another
        if path not in folders and _means_conversion(path):
            raise ConversionError(
                f"{path}: no such conversion. Make one with: poseconvert convert MODEL"
            )
    if len(folders) > 1:
        raise typer.BadParameter(f"{len(folders)} folders given. Compare one conversion at a time.")
    pictures = dict.fromkeys([*image, *(path for path in paths if not path.is_dir())])
    return folders[0] if folders else None, list(pictures)


def _means_conversion(path: Path) -> bool:
    """Whether a path that is not a folder was meant as one: no picture is called so."""
    if path.exists():
        return path.suffix == _CONVERSION
    from PIL import Image

    return path.suffix.lower() not in Image.registered_extensions()


def _refuse_running(recheck: bool, runs: bool) -> None:
    """Refuse what would run something, and a tolerance for it."""
    if not recheck:
        raise typer.BadParameter("--tolerance needs --recheck, which runs nothing.")
    if runs:
        raise typer.BadParameter(
            "--recheck runs nothing: it takes a CONVERSION, --tolerance, --json and --quiet."
        )


def _recheck(folder: Path | None, tolerances: Sequence[str], *, as_json: bool, quiet: bool) -> int:
    limits = [parse_tolerance(text) for text in tolerances]
    from poseconvert.face.commands import recheck

    found = recheck(meant(folder), dict(limits))
    return _shown(found, as_json=as_json, quiet=quiet)


def _shown(found: Diff, *, as_json: bool, quiet: bool) -> int:
    from poseconvert.cli.outcome import exit_code, show

    show(found, as_json=as_json, quiet=quiet, joint_by_joint=True)
    return exit_code(found)
