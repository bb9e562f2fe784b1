"""``poseconvert`` and ``python -m poseconvert``: the command line, in a child that is watched."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import NoReturn

from poseconvert.fence.inside import enter, quiet_libraries


def main() -> NoReturn:
    """Run the command line; see :func:`poseconvert.cli.main`."""
    if os.name == "posix" and not enter():
        from poseconvert.fence.supervisor import supervise

        sys.exit(supervise(remember=_remember))
    quiet_libraries()
    from poseconvert.cli import main as run

    run()


def _remember(conversion: Path) -> None:
    from poseconvert.conversion.ours import remember

    remember(conversion)


if __name__ == "__main__":
    main()
