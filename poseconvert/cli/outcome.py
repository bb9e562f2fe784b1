"""What every measuring command prints and returns at its end."""

from __future__ import annotations

import json
import sys

from poseconvert.face.results import Diff


def show(found: Diff, *, as_json: bool, quiet: bool, joint_by_joint: bool = False) -> None:
    """Print the tables and the verdict, or JSON, on standard output; what was left out on error."""
    measurement = found.record
    for line in measurement.left_out:
        print(f"poseconvert: left out: {line}", file=sys.stderr)
    if as_json:
        print(json.dumps(found.json(), indent=1))
    elif not quiet:
        from poseconvert.reports.table import print_joints, print_measurement, print_ops
        from poseconvert.reports.terminal import terminal

        with terminal() as console:
            if joint_by_joint:
                print_joints(measurement, console)
            print_measurement(measurement, console)
            if measurement.ops:
                print_ops(measurement.ops, console)


def exit_code(found: Diff) -> int:
    """Return 0 when parity held, 1 when it broke or was not established."""
    return 0 if found.held else 1
