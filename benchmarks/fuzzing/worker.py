"""Makes, runs and judges mutants one after another, and writes a line of JSON for each."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from fuzzing import judge
from fuzzing.kinds import KINDS, Share, dice, shares
from fuzzing.plan import Outcome, Plan, Result
from fuzzing.seeds import Seeds
from fuzzing.server import Server

RESULTS = "results.jsonl"
_WARM = 30


class Worker:
    """Looks at mutants of one run.

    Parameters
    ----------
    server, seeds : who runs them, and what they are made from.
    seed : of the run.
    """

    def __init__(self, server: Server, seeds: Seeds, seed: int) -> None:
        self.server, self.seeds, self.seed = server, seeds, seed

    def make(self, share: Share) -> Plan:
        """Write a mutant into the empty room."""
        here = self.server.clear()
        return KINDS[share.kind].make(self.seeds, here, dice(self.seed, share))

    def look(self, share: Share) -> Result:
        """Make a mutant, run what reads it, and judge it where it was accepted."""
        plan = self.make(share)
        seen, ended = self.server.run(plan, again=lambda: self.make(share))
        argv = plan.action if plan.action else plan.argv
        result = Result(
            share.kind, share.index, seen.outcome, " ".join(argv)[:200], round(ended.seconds, 3),
            ended.peak >> 20, seen.said[:300], seen.where[:300],
        )  # fmt: skip
        if not plan.judged or seen.outcome not in {Outcome.HELD, Outcome.BROKEN}:
            return result
        return self._judged(result, plan)

    def _judged(self, result: Result, plan: Plan) -> Result:
        original = self.seeds.facts(plan.original) if plan.original else {}
        folder = self.server.room.here / plan.judged
        answer, ended = self.server.call(lambda: judge.judge(folder, original))
        if answer is None:
            return replace(result, judged="changed", change=f"no run: {ended.err[-100:]}")
        return replace(result, judged=answer[0], change=str(answer[1])[:200])


def work(worker: Worker, todo: list[Share], results: Path, *, save: Path | None = None) -> None:
    """Look at every share and append what was seen; a line at a time, so that several may write."""
    started = results.with_name(f"{worker.server.room.folder.name}.now")
    for share in todo:
        started.write_text(json.dumps(asdict(share)))
        result = worker.look(share)
        with results.open("ab", buffering=0) as file:
            file.write(json.dumps(asdict(result)).encode() + b"\n")
        if save and result.failed:
            keep(worker, share, result, save)
    started.unlink(missing_ok=True)


def keep(worker: Worker, share: Share, result: Result, folder: Path) -> Path:
    """Copy a mutant, what reads it and what was seen into a folder of its own."""
    plan = worker.make(share)
    target = folder / f"{share.kind.replace('/', '-')}-{share.index}"
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    # Pipes and links to devices are kept as they are: copying what is in them has no end.
    os.system(f"cp -a '{worker.server.room.here}' '{target}/mutant'")
    facts: dict[str, Any] = asdict(result) | {"argv": plan.argv, "action": plan.action}
    (target / "result.json").write_text(json.dumps(facts, indent=1) + "\n")
    return target


def done(results: Path) -> dict[Share, Result]:
    """Read what was looked at already; a line that was cut short is not."""
    found = {}
    for line in results.read_text().splitlines() if results.exists() else ():
        try:
            values = json.loads(line)
        except ValueError:
            continue
        values["outcome"] = Outcome(values["outcome"])
        found[Share(values["kind"], values["index"])] = Result(**values)
    return found


def start(folder: Path, name: str, seed: int, *, warm: bool = True) -> Worker:
    """Import the readers and make a server; warm it where it has much to do."""
    server, seeds = Server(folder / name), Seeds(folder / "seeds")
    worker = Worker(server, seeds, seed)
    for share in _ONE_OF_EACH if warm else ():
        server.warm(worker.make(share))
    return worker


_ONE_OF_EACH = (
    Share("onnx/numbers", 0), Share("package/blobs", 0), Share("torch.save/values", 0),
    Share("picture/PNG", 0), Share("mat/mpii", 0), Share("json/phone", 0),
    Share("conversion/verdicts", 0),
)  # fmt: skip


def main() -> None:
    """Do one worker's part of a run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--n", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--kind", default="")
    parser.add_argument("--part", type=int, default=0)
    parser.add_argument("--parts", type=int, default=1)
    parser.add_argument("--save", type=Path)
    options = parser.parse_args()
    results = options.folder / RESULTS
    known = done(results)
    mine = shares(options.n, options.seed, only=options.kind)[options.part :: options.parts]
    todo = [one for one in mine if one not in known]
    if todo:
        warm = len(todo) > _WARM
        worker = start(options.folder, f"w{options.part}", options.seed, warm=warm)
        work(worker, todo, results, save=options.save)


if __name__ == "__main__":
    sys.exit(main())
