"""Damage files of every kind, read each in a child, and say what became of them.

``python benchmarks/fuzz.py --n 10000``: well within an hour on two cores. Stopped, it goes on where
it was with ``--resume FOLDER``. ``--one SEED:KIND:INDEX`` looks at one mutant; ``--write`` writes
docs/fuzzing.md. Exit 1 where anything was seen that must not be.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

from fuzzing import table
from fuzzing.children import Limits, forked
from fuzzing.kinds import KINDS, Share, shares
from fuzzing.plan import Outcome, Result
from fuzzing.worker import RESULTS, done, keep, start

ROOT = Path(__file__).parents[1]
PAGE, SUMMARY = ROOT / "docs" / "fuzzing.md", ROOT / "benchmarks" / "results" / "fuzz.json"
_MOST_DEATHS = 20
_SAY_S = 10.0


def main() -> int:
    """Run what was asked for; return 1 where anything failed."""
    options = _options()
    folder = options.resume or Path(tempfile.mkdtemp(prefix="poseconvert-fuzz-"))
    folder.mkdir(parents=True, exist_ok=True)
    if options.one:
        return one(folder, options.one, options.save)
    wanted = shares(options.n, options.seed, only=options.kind)
    if not wanted:
        sys.exit(f"no kind {options.kind!r}. Known: {', '.join(KINDS)}")
    print(f"{len(wanted)} mutants in {folder}; go on with --resume {folder}", flush=True)
    _run(folder, options, wanted)
    known = done(folder / RESULTS)
    results = [known[share] for share in wanted if share in known]
    print(table.text(table.counted(results), tuple(KINDS)))
    for result in (result for result in results if result.failed):
        print(f"{options.seed}:{result.kind}:{result.index} {_said(result)}")
    if options.write:
        _write(folder, options, results)
    return int(any(result.failed for result in results) or len(results) < len(wanted))


def one(folder: Path, name: str, save: Path | None) -> int:
    """Look at one mutant again and say everything about it."""
    seed, kind, index = name.split(":")
    share = Share(kind, int(index))
    worker = start(folder, "one", int(seed), warm=False)
    result = worker.look(share)
    print(json.dumps(asdict(result), indent=1))
    if save:
        print(keep(worker, share, result, save))
    return int(result.failed)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=500, help="mutants, spread over all kinds")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--kind", default="", help="only kinds whose names begin with this")
    parser.add_argument("--resume", type=Path, metavar="FOLDER", help="of a run: go on there")
    parser.add_argument("--one", metavar="SEED:KIND:INDEX", help="only this mutant")
    parser.add_argument("--save", type=Path, metavar="DIR", help="keep mutants that fail here")
    parser.add_argument("--write", action="store_true", help="write docs/fuzzing.md")
    return parser.parse_args()


def _run(folder: Path, options: argparse.Namespace, wanted: list[Share]) -> None:
    """Run the workers; one that dies is started again behind the mutant that it died of."""
    running = {part: _started(folder, options, part) for part in range(options.workers)}
    deaths, said = 0, time.monotonic()
    while running:
        time.sleep(0.2)
        for part, process in list(running.items()):
            code = process.poll()
            if code is None:
                continue
            del running[part]
            if code and deaths < _MOST_DEATHS:
                deaths += 1
                _bury(folder, f"w{part}", code)
                running[part] = _started(folder, options, part)
        if time.monotonic() - said > _SAY_S:
            said = time.monotonic()
            results = done(folder / RESULTS)
            failed = sum(result.failed for result in results.values())
            print(f"{len(results)} of {len(wanted)}, {failed} failed", flush=True)


def _started(folder: Path, options: argparse.Namespace, part: int) -> subprocess.Popen[bytes]:
    command = [
        sys.executable, "-m", "fuzzing.worker", folder, "--n", str(options.n), "--seed",
        str(options.seed), "--kind", options.kind, "--part", str(part), "--parts",
        str(options.workers), *(["--save", options.save] if options.save else []),
    ]  # fmt: skip
    paths = [str(ROOT), str(ROOT / "benchmarks"), os.environ.get("PYTHONPATH", "")]
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(paths), "OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE",
    }  # fmt: skip
    with (folder / f"w{part}.log").open("ab") as log:
        return subprocess.Popen(command, env=environment, stdout=log, stderr=log)


def _bury(folder: Path, name: str, code: int) -> None:
    """Record the mutant at which a worker died, so that it is not looked at again."""
    now = folder / f"{name}.now"
    if not now.exists():
        sys.exit(f"{name} cannot start (exit {code}): see {folder / f'{name}.log'}")
    share = Share(**json.loads(now.read_text()))
    said = f"the server died: exit {code}"
    result = Result(share.kind, share.index, Outcome.BUG, "", 0.0, 0, said)
    with (folder / RESULTS).open("a") as file:
        file.write(json.dumps(asdict(result)) + "\n")


def _write(folder: Path, options: argparse.Namespace, results: list[Result]) -> None:
    limits = Limits()
    found = table.summary(
        results, asked=options.n, seed=options.seed, fork_ms=_fork_ms(folder),
        limits={"seconds": limits.seconds, "memory_mb": limits.memory >> 20},
    )  # fmt: skip
    SUMMARY.write_text(json.dumps(found, indent=1) + "\n")
    PAGE.write_text(table.page(found))
    print(f"wrote {PAGE} and {SUMMARY}")


def _fork_ms(folder: Path) -> float:
    """Measure what a child costs that does nothing: the median of 21."""
    worker = start(folder, "fork", 0)
    taken = []
    for _ in range(21):
        begun = time.perf_counter()
        forked(lambda: 0, worker.server.room, worker.server.limits)
        taken.append(time.perf_counter() - begun)
    return round(sorted(taken)[10] * 1000, 1)


def _said(result: Result) -> str:
    false = f"changed and held: {result.change}; " if result.false else ""
    return f"{result.outcome}: {false}{result.command}: {result.said} {result.where}"


if __name__ == "__main__":
    sys.exit(main())
