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

Exit 0: written. 2: bad input.

\b
Examples:
  poseconvert ios-bundle model.poseconvert -o ios_harness/PoseBenchData
  poseconvert ios-bundle dual.poseconvert posenet.poseconvert -o ios_harness/PoseBenchData
  poseconvert ios-bundle model.poseconvert -o ios_harness/PoseBenchData --runs 5 --rest 120
"""


def command(
    conversions: Annotated[
        list[Path], typer.Argument(metavar="CONVERSION...", help="Conversion folders.")
    ],
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="DIR", help="The harness's PoseBenchData.")
    ],
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
    json: Annotated[bool, typer.Option("--json", help="Print the plan.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print only errors.")] = False,
) -> int:
    """Fill the iOS harness with packages, goldens and a plan."""
    fence(*conversions, writes=[output])
    with steps(2 * len(conversions) + 1, quiet=quiet) as progress:
        progress("loading the reader of packages")
        from poseconvert.face.artifacts import ios_bundle

        bundle = ios_bundle(
            conversions,
            output,
            runs=runs,
            rest=rest,
            sustained=sustained,
            allow_broken=allow_broken,
            progress=progress,
        )
        plan = bundle.plan
    if json:
        from json import dumps

        print(dumps(plan, indent=1))
    elif not quiet:
        units = plan["compute_units"]
        for model, manifest in zip(plan["models"], bundle.manifests, strict=True):
            print(
                f"{model['name']}: specification version {model['spec_version']},"
                f" {model['precision']}, {runs} runs on each of {', '.join(units)}"
            )
            if manifest.sizes:
                print(
                    f"{model['name']}: measured at its default size only, of"
                    f" {len(manifest.sizes) + 1}"
                )
            if compress := manifest.compress:
                print(f"{model['name']}: with its {compress.compression} weights")
            if model["parity"] != "held":
                print(f"{model['name']}: parity {model['parity']}, taken with --allow-broken")
            if model["precision"] == "fp32":
                print(
                    f"{model['name']}: float32, which the Neural Engine never runs;"
                    " for its effect convert with --precision fp16"
                )
        minutes = len(plan["models"]) * len(units) * runs * (2 * rest + 60 + sustained) / 60
        print(f"wrote {output}; a phone needs about {minutes:.0f} minutes for all of it")
    return 0
