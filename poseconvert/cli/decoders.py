"""``poseconvert decoders``."""

from __future__ import annotations

from typing import Annotated

import typer

EXAMPLES = """
A preset is what --decode takes; what it does not fit is written as a JSON file, of which every key
may be left out: {"preset": "heatmap", "threshold": 0.2}. convert, diff and inspect say which
presets fit the outputs of a network.

\b
Examples:
  poseconvert decoders
  poseconvert decoders yolo
  poseconvert decoders --json
"""


def command(
    preset: Annotated[
        str | None, typer.Argument(metavar="PRESET", help="Say all about this one.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> int:
    """List the decode presets: who uses each, and what outputs it expects."""
    from poseconvert.face.decoders import decoders

    found = [one for one in decoders() if preset in (None, one.name)]
    if not found:
        raise typer.BadParameter(f'there is no preset "{preset}". List them: poseconvert decoders')
    if json:
        from json import dumps

        from poseconvert.reports.decoders import decoders_json

        print(dumps(decoders_json(found), indent=1))
        return 0
    from poseconvert.reports.decoders import print_decoder, print_decoders
    from poseconvert.reports.terminal import terminal

    with terminal() as console:
        if preset is None:
            print_decoders(found, console)
        else:
            print_decoder(found[0], console)
    return 0
