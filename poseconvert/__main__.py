"""``poseconvert`` and ``python -m poseconvert``: the command line, in a child that is watched."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

from poseconvert.fence.inside import enter


def main() -> NoReturn:
    """Run the command line; see :func:`poseconvert.cli.main`."""
    if os.name == "posix" and not enter():
        from poseconvert.fence.supervisor import supervise

        sys.exit(supervise())
    from poseconvert.cli import main as run

    run()


if __name__ == "__main__":
    main()
