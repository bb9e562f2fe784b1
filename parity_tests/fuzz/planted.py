"""Plants faults in a reader and lets the server look at a healthy file; a program of its own."""

import ctypes
import json
import sys
import time
from pathlib import Path

from fuzzing.children import Limits
from fuzzing.plan import Plan
from fuzzing.seeds import Seeds
from fuzzing.server import Server
from fuzzing.worker import Worker

from poseconvert.errors import ModelError
from poseconvert.imaging import picture


def fall():
    raise KeyError("nobody expected this")


def swallow(megabytes=1500):
    return [bytearray(b"x" * (1 << 20)) for _ in range(megabytes)] and time.sleep(30)


def two_lines():
    print("a library says hello", file=sys.stderr)
    raise ModelError("x.png: refused.")


def long_line():
    """Not through what shortens every message."""
    print(f"poseconvert: x.png: {'x' * 400}", file=sys.stderr)
    sys.exit(2)


def left_behind():
    Path("left.txt").write_text("x")
    raise ModelError("x.png: refused.")


def temporary():
    import tempfile

    Path(tempfile.mkdtemp()).joinpath("x").write_text("x")


def refuse():
    raise ModelError("x.png: refused.")


PLANTED = {
    "nothing": lambda: None,
    "refuse": refuse,
    "fall": fall,
    "exit 3": lambda: sys.exit(3),
    "crash": lambda: ctypes.string_at(0),
    "hang": lambda: time.sleep(60),
    "spin": lambda: [None for _ in iter(int, 1)],
    "swallow": swallow,
    "two lines": two_lines,
    "long line": long_line,
    "left behind": left_behind,
    "temporary": temporary,
}


def main():
    folder = Path(sys.argv[1])
    server, seeds = Server(folder / "room"), Seeds(folder / "seeds")
    found = {}
    for name, plant in PLANTED.items():
        picture.read_picture = lambda _, plant=plant: plant()
        # Taking memory takes time, where others want the machine too.
        server.limits = Limits(seconds=20.0 if name == "swallow" else 1.0, memory=900 << 20)
        here = server.clear()
        seeds.give("picture/PNG", here)
        plan = Plan(("inspect", "x.png"), action=("picture", "x.png"))
        seen, ended = server.run(plan)
        found[name] = [seen.outcome, ended.seconds]
    found["fenced"] = fenced(server, seeds)
    found["false verdict"] = false_verdict(folder, seeds)
    print(json.dumps(found))


def fenced(server, seeds):
    """A reader that crashes where its command, run as a process, refuses in one line."""
    picture.read_picture = lambda _: ctypes.string_at(0)
    server.limits = Limits()

    def again():
        seeds.give("picture/PNG", server.clear())
        return Plan(("inspect", "nothing.onnx", "--quiet"), action=("picture", "x.png"))

    return server.run(again(), again=again)[0].outcome


def false_verdict(folder, seeds):
    """Changed weights, and a command that says held whatever it measured."""
    from fuzzing.kinds import Share

    from poseconvert.cli import outcome

    outcome.exit_code = lambda measurement: 0
    worker = Worker(Server(folder / "verdicts"), seeds, 0)
    looked = [worker.look(Share("conversion/artifact", index)) for index in range(12)]
    return [[one.outcome, one.judged, one.false, one.change] for one in looked]


if __name__ == "__main__":
    main()
