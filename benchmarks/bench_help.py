"""Time ``poseconvert --help`` as a cold process. Writes ``results/help.json``."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

RUNS, TARGET_S = 11, 0.3


def main() -> None:
    command = [sys.executable, "-m", "poseconvert", "--help"]
    times = []
    for _ in range(RUNS):
        begun = time.perf_counter()
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
        times.append(time.perf_counter() - begun)
    median = statistics.median(times)
    result = {"runs": RUNS, "median_s": median, "max_s": max(times), "target_s": TARGET_S}
    path = Path(__file__).parent / "results" / "help.json"
    path.write_text(json.dumps(result, indent=1))
    print(
        f"poseconvert --help: {median:.3f} s median of {RUNS} ({min(times):.3f} to"
        f" {max(times):.3f}), target under {TARGET_S} s"
    )


if __name__ == "__main__":
    main()
