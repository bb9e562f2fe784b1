"""Trace MODEL through ``convert``: how often the way leaves one room for another.

``python benchmarks/trace_convert.py [--tree DIR]`` converts the reference model and counts calls
from one room of the package into another. A room is a folder of the package. A stop is a distinct
(caller's room, callee's room, function); a climb is a stop whose callee lies higher in the order of
the layers than its caller. ``--tree`` traces another checkout, such as an older one.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parents[1]
# From the top down; a room that is not listed lies between pipeline and conversion.
LAYERS = (
    "cli", "face", "testing", "reports", "pipeline", "devices", "conversion", "stages", "runners",
    "datasets", "figures", "network", "decoding", "imaging", "graph", "mil", "drift", "metrics",
    "fields", "files", "json_text", "fence", "errors", "budgets",
)  # fmt: skip
# Peers of one layer of the import contracts: neither is above the other.
PEERS = (
    {"pipeline", "devices"}, {"stages", "runners", "datasets"},
    {"network", "decoding", "imaging", "graph", "mil", "drift", "metrics"},
    {"fields", "files", "json_text"},
)  # fmt: skip
# They are no place of the pipeline: words, limits and the fence around it.
_LEFT_OUT = {"errors", "budgets", "fields", "files", "json_text", "fence", ""}

Stop = tuple[str, str, str]


def traced(tree: Path) -> set[Stop]:
    """Convert the reference model with the package in ``tree``; return the stops."""
    package = str(tree / "poseconvert") + os.sep
    stops: set[Stop] = set()

    def room(path: str) -> str:
        inner = path.removeprefix(package) if path.startswith(package) else ""
        return inner.split(os.sep)[0].removesuffix(".py") if os.sep in inner else ""

    def on_call(frame: Any, event: str, _: object) -> None:
        if event != "call" or not frame.f_code.co_filename.startswith(package):
            return
        caller = frame.f_back
        while caller and not caller.f_code.co_filename.startswith(package):
            caller = caller.f_back  # through a library, as a decorator or a sort
        if caller is None or frame.f_code.co_name.startswith("<"):
            return
        ends = room(caller.f_code.co_filename), room(frame.f_code.co_filename)
        if ends[0] != ends[1] and not _LEFT_OUT & {*ends}:
            stops.add((*ends, frame.f_code.co_name))

    sys.path.insert(0, str(tree))
    from poseconvert.cli import main

    model = HERE / "reference_models" / "dual_head_mobilenet_v1" / "model.safetensors"
    with tempfile.TemporaryDirectory() as folder:
        sys.argv = ["poseconvert", "convert", str(model), "-o", f"{folder}/out", "--quiet"]
        sys.setprofile(on_call)
        try:
            main()
        except SystemExit as end:
            if end.code:
                raise
        finally:
            sys.setprofile(None)
    return stops


def climbs(stops: set[Stop]) -> set[Stop]:
    """Return the stops that go up the layers."""
    return {stop for stop in stops if _above(stop[1], stop[0])}


def _above(room: str, other: str) -> bool:
    if any({room, other} <= peers for peers in PEERS):
        return False
    places = {name: place for place, name in enumerate(LAYERS)}
    return places.get(room, 6) < places.get(other, 6)


def main() -> int:
    """Print the stops by pair of rooms, and both counts."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--tree", type=Path, default=HERE)
    given = parser.parse_args()
    if "POSECONVERT_TRACED" not in os.environ:  # a process of its own: no fence, nothing imported
        environment = {**os.environ, "POSECONVERT_TRACED": "1", "PYTHONPATH": str(given.tree)}
        return subprocess.call([sys.executable, *sys.argv], env=environment)
    stops = traced(given.tree.resolve())
    for (caller, callee), count in Counter(stop[:2] for stop in stops).most_common():
        print(f"{caller:>12} -> {callee:<12} {count}")
    up = climbs(stops)
    for caller, callee, function in sorted(up):
        print(f"climb: {caller} -> {callee}.{function}")
    print(f"{len(stops)} stops, {len(up)} climbs")
    return 0


if __name__ == "__main__":
    sys.exit(main())
