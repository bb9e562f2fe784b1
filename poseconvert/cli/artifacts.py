"""``diff A B``: which paths are artifacts, and how they are compared."""

from __future__ import annotations

from collections.abc import Sequence
from json import dumps
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from poseconvert.cli.fencing import fence
from poseconvert.cli.options import parse_channels, parse_inputs, parse_pairs
from poseconvert.cli.progress import steps

if TYPE_CHECKING:
    from poseconvert.face.results import Diff

_STEPS = 7

#: What a file is called that is an artifact and no picture.
SUFFIXES = frozenset(
    [".onnx", ".mlpackage", ".mlmodel", ".pt", ".pth", ".pt2", ".safetensors", ".ckpt", ".bin"]
)


def artifacts_among(paths: Sequence[Path], image: Sequence[Path]) -> tuple[list[Path], list[Path]]:
    """Tell artifacts, which are folders or called so, from pictures."""
    artifacts = [path for path in paths if path.is_dir() or path.suffix.lower() in SUFFIXES]
    pictures = dict.fromkeys([*image, *(path for path in paths if path not in artifacts)])
    return list(dict.fromkeys(artifacts)), list(pictures)


Said = tuple[list[str] | None, list[str] | None, list[str] | None, str | None, str | None]


def compared(
    artifacts: Sequence[Path],
    pictures: Sequence[Path],
    said: Said,
    *,
    ops: bool,
    png: Path | None,
    html: Path | None,
    quiet: bool,
) -> Diff:
    """Compare artifacts with the first of them."""
    match, decode, inputs, scale, bias = said
    pairs, shapes = parse_pairs(match or ()), parse_inputs(inputs or ())
    scales, biases = parse_channels(scale), parse_channels(bias)
    fence(*pictures, *artifacts, writes=[png, html])
    with steps(_STEPS, quiet=quiet) as progress:
        progress("loading the runtimes")
        from poseconvert.face.pairs import compare_artifacts

        return compare_artifacts(
            artifacts,
            pictures,
            match=pairs,
            decode=decode[0] if decode else None,
            inputs=shapes,
            scale=scales,
            bias=biases,
            ops=ops,
            png=png,
            html=html,
            progress=progress,
        )


def two_networks(
    artifacts: Sequence[Path],
    pictures: Sequence[Path],
    said: Said,
    *,
    png: Path | None,
    html: Path | None,
    json: bool,
    quiet: bool,
) -> int:
    """Compare the joints of two networks that have only their task in common."""
    match, decode, inputs, scale, bias = said
    if html:
        raise typer.BadParameter("--html is for one network. Two stand side by side in --png.")
    pairs, shapes = parse_pairs(match or ()), parse_inputs(inputs or ())
    scales, biases = parse_channels(scale), parse_channels(bias)
    fence(*pictures, *artifacts, writes=[png])
    with steps(_STEPS, quiet=quiet) as progress:
        progress("loading the runtimes")
        from poseconvert.face.pairs import side_by_side

        found = side_by_side(
            artifacts,
            pictures,
            decode=decode or (),
            match=pairs,
            inputs=shapes,
            scale=scales,
            bias=biases,
            progress=progress,
        )
        if png:
            found.png(png)
    if json:
        typer.echo(dumps(found.json(), indent=1, allow_nan=False))
    elif not quiet:
        from poseconvert.reports.side_by_side import print_side_by_side
        from poseconvert.reports.terminal import terminal

        with terminal() as console:
            print_side_by_side(found.record, console)
    return 0


def refuse_of_conversion(*given: object) -> None:
    """Refuse options that mean one conversion and its stages."""
    if any(given):
        raise typer.BadParameter(
            "--model, --allow-edited, --recorded, --bisect, --recheck, --tolerance and"
            " --second-opinion are for one conversion. Omit them, or name one folder."
        )
