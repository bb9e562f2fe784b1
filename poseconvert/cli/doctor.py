"""``poseconvert doctor``."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from poseconvert.cli.bundled import REFERENCE_MODEL

EXAMPLES = """
Libraries are looked up by their metadata, not imported: one that is there but cannot be loaded
is not noticed.

Exit 0: everything needed is here and in its tested range. 1: something is not.

\b
Examples:
  poseconvert doctor
  poseconvert doctor --json
"""


def command(
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print nothing, only exit.")] = False,
) -> int:
    """Show versions and what can run here, to paste into an issue."""
    try:
        from poseconvert.face.doctor import doctor
        from poseconvert.reports.environment import environment_json, environment_text
    except ModuleNotFoundError as error:  # without packaging no range can be read
        print(f"problem: {error.name} is missing. Install poseconvert again.", file=sys.stderr)
        return 1
    found = doctor(REFERENCE_MODEL).record
    if json:
        from json import dumps

        print(dumps(environment_json(found), indent=1))
    elif not quiet:
        print(environment_text(found))
    return 1 if found.problems else 0
