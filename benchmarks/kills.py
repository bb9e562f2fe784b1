"""Kills ``convert``, ``tune`` and ``evaluate`` at random moments: old or new, never half.

``python benchmarks/kills.py --n 40`` prints a line a kill and a table. After each, the folder
that was to be replaced is, byte for byte, the old one or a new one whose hashes are right; after
the next run nothing of the killed one is left, beside the folder or among temporary files.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from seeded_families import save_seeded

from poseconvert.conversion.manifest import edited_artifacts, read_manifest
from poseconvert.errors import PoseconvertError
from poseconvert.network.dual_head import DualHeadConfig

#: A session id that ONNX Runtime 1.32 writes there whenever it is imported: one file, not ours.
ONNX_RUNTIME_S = ".ses"
DEATHS = (signal.SIGKILL, signal.SIGKILL, signal.SIGTERM, signal.SIGINT)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    arguments.add_argument("--n", type=int, default=40, help="how many kills")
    arguments.add_argument("--seed", type=int, default=0)
    chosen = arguments.parse_args()
    # A shell lets its jobs in the background ignore Ctrl-C, and children inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    rng = random.Random(chosen.seed)
    found: Counter[tuple[str, str, str]] = Counter()
    bad = 0
    with tempfile.TemporaryDirectory() as place:
        work, temporary = Path(place) / "work", Path(place) / "tmp"
        work.mkdir()
        temporary.mkdir()
        model, folder = small_model(Path(place)), work / "made.poseconvert"
        tuned = Path(place) / "small.poseconvert"
        commands = {
            "convert": ["convert", str(model), "-o", str(folder), "--quiet"],
            "tune": ["tune", str(tuned), "-o", str(folder), "--max-drift", "5px"],
            "evaluate": ["evaluate", str(folder), "--n", "6", "--quiet"],
        }
        run(commands["convert"], temporary)
        run(["convert", str(model), "-o", str(tuned)], temporary)
        seconds = {name: run(words, temporary) for name, words in commands.items()}
        for number in range(chosen.n):
            name = list(commands)[number % len(commands)]
            death, moment = rng.choice(DEATHS), rng.uniform(0, 1.1 * seconds[name])
            before = contents(folder)
            ended = killed(commands[name], death, moment, temporary)
            after = contents(folder)
            state = "old" if after == before else whole(folder)
            left = litter(work, temporary)
            wrong = state.startswith("half") or (death != signal.SIGKILL and left)
            run(commands[name], temporary)
            swept = not litter(work, temporary)
            bad += bool(wrong) + (not swept)
            found[name, death.name, state] += 1
            names = [path.name for path in left]
            print(
                f"{number + 1:3} {name:8} {death.name:7} after {moment:5.2f} s: exit {ended},"
                f" {state}, left {names}, {'none' if swept else 'some'} after the next run",
                flush=True,
            )
    for (name, death, state), count in sorted(found.items()):
        print(f"{name:9} {death:8} {state:5} {count}")
    print(f"{chosen.n} kills, {bad} that left something half done")
    sys.exit(bool(bad))


def small_model(place: Path) -> Path:
    """Write a calibrated dual-head network of 64 x 64 pixels: with joints, and quickly made."""
    path = place / "small.safetensors"
    config = DualHeadConfig(width=0.25, input_size=64, depth=4)
    save_seeded(path, "dual_head_mobilenet_v1", config)
    return path


def start(words: list[str], temporary: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "poseconvert", *words],
        env={**os.environ, "TMPDIR": str(temporary)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def run(words: list[str], temporary: Path) -> float:
    """Run to the end; return the seconds."""
    begun = time.perf_counter()
    code = start(words, temporary).wait()
    if code not in (0, 1):
        sys.exit(f"{' '.join(words)}: exit {code}")
    return time.perf_counter() - begun


def killed(words: list[str], death: signal.Signals, moment: float, temporary: Path) -> int:
    process = start(words, temporary)
    time.sleep(moment)
    process.send_signal(death)
    code = process.wait()
    if death == signal.SIGKILL:  # the kernel tells the child; it needs a moment to go
        time.sleep(1.0)
    return code


def contents(folder: Path) -> Mapping[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def whole(folder: Path) -> str:
    """Return ``new`` where all of a conversion is there with its hashes, else what is wrong."""
    try:
        edited = edited_artifacts(folder, read_manifest(folder))
    except PoseconvertError as error:
        return f"half: {error}"
    missing = [name for name in ("parity.json", "report.html") if not (folder / name).is_file()]
    return f"half: {edited} {missing}" if edited or missing else "new"


def litter(work: Path, temporary: Path) -> list[Path]:
    made = [path for path in work.iterdir() if path.name.startswith(".")]
    return made + [path for path in temporary.iterdir() if path.name != ONNX_RUNTIME_S]


if __name__ == "__main__":
    main()
