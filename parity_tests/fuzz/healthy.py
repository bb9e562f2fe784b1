"""Lets the server look at every seed as it is, untouched; run as a program of its own."""

import json
import sys
from pathlib import Path

from fuzzing.plan import Plan
from fuzzing.seeds import BUILDERS, Seeds
from fuzzing.server import Server

SHAPE = "1,3,8,8"


def plan(seed, here):
    """Say what reads a seed that was copied into ``here``; None where only folders with it do."""
    form, _, name = seed.partition("/")
    (path, *_) = sorted(here.iterdir())
    shape = SHAPE if name in {"torchscript", "scripted"} else ""
    readers = {
        "conversion": Plan(("diff", "c.poseconvert", "--quiet")),
        "package": Plan((), action=("package", "x.mlpackage", "fp16")),
        "onnx": Plan(("inspect", "x.onnx", "--quiet")),
        "people": Plan((), action=("dataset", name)),
        "picture": Plan((), action=("picture", path.name)),
        "model": Plan((), action=("load", path.name, shape)),
        "json": Plan((), action=("decode", path.name)) if name == "decode" else None,
    }
    return readers.get(form)


def main():
    folder = Path(sys.argv[1])
    server, seeds = Server(folder / "healthy"), Seeds(folder / "seeds")
    found = {}
    for seed in BUILDERS:
        if "sizes" not in seed:
            seeds.give(seed, server.clear())
            if asked := plan(seed, server.room.here):
                seen, _ = server.run(asked)
                found[seed] = [seen.outcome, seen.said]
    print(json.dumps(found))


if __name__ == "__main__":
    main()
