"""``poseconvert ios-bundle CONVERSION...``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from poseconvert.cli.fencing import fence
from poseconvert.cli.progress import steps

EXAMPLES = """
The phone gets what the conversion proved: the package and its goldens, checked against their
SHA-256, and a plan. A conversion with --compress gives its compressed package. A package that an
A11 phone cannot load is refused, and so is a conversion whose parity, judged again by what it
recorded, is not held. A package of several sizes is measured at its default one.

--swift writes a Swift package for your own app instead, or too: the packages, and the code that
turns a picture into their input and their outputs into joints. It takes packages up to iOS 18.

Exit 0: written. 2: bad input.

\b
Examples:
  poseconvert ios-bundle model.poseconvert -o ios_harness/PoseBenchData
  poseconvert ios-bundle dual.poseconvert posenet.poseconvert -o ios_harness/PoseBenchData
  poseconvert ios-bundle model.poseconvert -o ios_harness/PoseBenchData --runs 5 --rest 120
  poseconvert ios-bundle model.poseconvert --swift PoseLoader
"""


def command(
    conversions: Annotated[
        list[Path], typer.Argument(metavar="CONVERSION...", help="Conversion folders.")
    ],
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="DIR", help="The harness's PoseBenchData."),
    ] = None,
    swift: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write a Swift package for your app.")
    ] = None,
    runs: Annotated[
        int, typer.Option(metavar="N", min=1, help="Runs per model and unit; 3 for intervals.")
    ] = 3,
    rest: Annotated[
        float, typer.Option(metavar="SECONDS", min=0, help="Rest before every run.")
    ] = 300.0,
    sustained: Annotated[
        int, typer.Option(metavar="SECONDS", min=90, help="Length of a sustained run.")
    ] = 600,
    allow_broken: Annotated[
        bool,
        typer.Option(
            "--allow-broken", help="Take conversions that are not held; the plan says so."
        ),
    ] = False,
    json: Annotated[
        bool, typer.Option("--json", help="Print the plan, or what the package holds.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print only errors.")] = False,
) -> int:
    """Fill the iOS harness with packages, goldens and a plan, or write a package for your app."""
    if output is None and swift is None:
        raise typer.BadParameter("nothing to write: give -o DIR, --swift DIR, or both.")
    fence(*conversions, writes=[output, swift])
    with steps(4 * len(conversions) + 1, quiet=quiet) as progress:
        progress("loading the reader of packages")
        from poseconvert.face import artifacts

        bundle = package = None
        if output is not None:
            bundle = artifacts.ios_bundle(
                conversions,
                output,
                runs=runs,
                rest=rest,
                sustained=sustained,
                allow_broken=allow_broken,
                progress=progress,
            )
        if swift is not None:
            package = artifacts.swift_package(
                conversions, swift, allow_broken=allow_broken, progress=progress
            )
    if json:
        from json import dumps

        printed = bundle or package
        print(dumps(printed.json() if printed else {}, indent=1))
    elif not quiet:
        from poseconvert.reports.bundles import bundle_lines, package_lines

        lines = bundle_lines(bundle.plan, bundle.manifests, bundle.folder) if bundle else []
        lines += package_lines(package.models, package.folder) if package else []
        print("\n".join(lines))
    return 0
