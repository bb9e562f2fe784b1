"""Kinds of mutants of whole conversions: artifacts, goldens, records, entries, forgeries."""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from fuzzing.kind import Kind
from fuzzing.mutators import folders
from fuzzing.plan import Plan
from fuzzing.seeds import Seeds

FOLDER = "c.poseconvert"
_HEALTHY = ("plain", "ops", "fp32", "pose", "compressed", "torch")
_ALL = (*_HEALTHY, "broken", "broken")
Command = tuple[str, ...]
_DIFF: Command = ("diff", FOLDER, "--quiet")
_RECHECK: Command = ("diff", "--recheck", FOLDER, "--quiet")
_INSPECT: Command = ("inspect", FOLDER, "--quiet")
_BUNDLE: Command = ("ios-bundle", FOLDER, "-o", "out", "--quiet")
_EVALUATE: Command = ("evaluate", FOLDER, "--dataset", "synthetic", "--n", "1", "--quiet")
_READERS = (_DIFF, _DIFF, _DIFF, _RECHECK, _INSPECT, _BUNDLE)


def _make(
    seeds: Seeds,
    here: Path,
    rng: random.Random,
    *,
    change: folders.Change,
    among: Sequence[str],
    commands: Sequence[Command],
) -> Plan:
    """Change a conversion; what says held of it is judged by an independent run.

    Evaluation and inspection say nothing of parity, so nothing of theirs is judged.
    """
    seed = f"conversion/{rng.choice(among)}"
    seeds.give(seed, here)
    (here / "facts.json").unlink(missing_ok=True)
    change(here / FOLDER, rng)
    argv = rng.choice(commands)
    if argv is _EVALUATE and not seed.endswith("/pose"):
        argv = _DIFF
    says = argv in {_DIFF, _RECHECK, _BUNDLE}
    return Plan(argv, writes=("out",), judged=FOLDER if says else "", original=seed)


def _kind(
    name: str,
    weight: int,
    change: folders.Change,
    among: Sequence[str] = _ALL,
    commands: Sequence[Command] = _READERS,
) -> Kind:
    made = partial(_make, change=change, among=among, commands=commands)
    return Kind(f"conversion/{name}", weight, made)


def _record(
    name: str, weight: int, file: str, *, among: Sequence[str] = _ALL, slow: bool = False
) -> Kind:
    change = folders.forged(folders.record(file))
    commands = (_RECHECK,) if file == "parity.json" else (*_READERS, _EVALUATE)
    made = partial(_make, change=change, among=among, commands=commands)
    return Kind(f"json/{name}", weight, made, slow)


KINDS = (
    _kind("artifact", 1300, folders.forged(folders.artifact), _HEALTHY, (_DIFF,)),
    _kind("goldens", 350, folders.forged(folders.goldens), _HEALTHY, (_DIFF, _DIFF, _INSPECT)),
    _kind("listed", 120, folders.listed),
    _kind("verdicts", 120, folders.verdicts, _ALL, (_RECHECK,)),
    _kind("entries", 250, folders.entries),
    _record("manifest", 400, "manifest.json"),
    _record("golden", 250, "golden/golden.json"),
    _record("parity", 250, "parity.json"),
    _record("size", 60, "manifest.json", among=("sizes",), slow=True),
)
