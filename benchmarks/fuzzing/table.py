"""Outcomes by kind, as a page and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from fuzzing.plan import Outcome, Result

SCHEMA = "poseconvert.fuzz.v1"
COLUMNS = (*(one.value for one in Outcome), "changed", "unchanged", "changed and held")
#: What must be nowhere.
FORBIDDEN = ("bug", "crash", "hang", "memory", "noise", "changed and held")

HEAD = """\
# Fuzzing: what becomes of {count:,} damaged files

Written by `python benchmarks/fuzz.py --n {asked} --write`; do not edit. Every kind of file that
poseconvert reads is changed by what knows its structure (fields of protobuf, blobs of weights,
opcodes of pickles, entries of archives, chunks of pictures, tags of MATLAB files, values of JSON)
or in its bytes, and read in a child that a server forks: no mutant can hurt the next. A mutant
follows from the seed of the run, its kind and its index; this makes one again:

```sh
python benchmarks/fuzz.py --one {seed}:KIND:INDEX --save DIR
```

| a command | counts as |
|---|---|
| refuses: exit 2, one line of at most 300 characters, nothing left behind | refused |
| exit 0: read, converted, or parity held | accepted |
| exit 1: parity broken or not established | broken |
| *This is a bug*, a traceback, another exit code | bug |
| ends by a signal | crash |
| runs longer than {seconds:g} s | hang |
| has more than {memory} MiB resident | memory |
| prints what is not ours or too long, or leaves files behind | noise |
| would crash, hang or grow, but its fence says so in one line | fenced |

What is accepted or broken is looked at once more where it says something of parity, with every
hash in the folder mended as a forger would. An independent run (`benchmarks/fuzzing/judge.py`:
plain ONNX Runtime for ONNX, the reference executor op by op for packages, numpy for the comparison)
says whether any output is outside its stage's tolerance, or the artifacts are not those that were
made: *changed*. *Changed and held* is a verdict that is wrong.

Seen, and must not be: {failures}. {changed:,} changed, {unchanged:,} unchanged. Peak memory
{peak} MiB, slowest command {slowest:.1f} s. A fork and its end take {fork:.0f} ms.

"""


def counted(results: Iterable[Result]) -> dict[str, Counter[str]]:
    """Count outcomes by kind."""
    found: dict[str, Counter[str]] = {}
    for one in results:
        row = found.setdefault(one.kind, Counter())
        row[one.outcome.value] += 1
        if one.judged:
            row[one.judged] += 1
        if one.false:
            row["changed and held"] += 1
    return dict(sorted(found.items()))


def text(rows: Mapping[str, Mapping[str, int]], order: Sequence[str] = ()) -> str:
    """Return the table in Markdown, with a line of sums."""
    names = [one for one in (*order, *rows) if one in rows]
    sums: Counter[str] = Counter()
    for row in rows.values():
        sums.update(row)
    lines = [["kind", *COLUMNS], ["---", *("---:" for _ in COLUMNS)]]
    for name, row in [*((name, rows[name]) for name in dict.fromkeys(names)), ("all", sums)]:
        lines.append([name, *(f"{row.get(column, 0) or ''}" for column in COLUMNS)])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def summary(results: Sequence[Result], **how: Any) -> dict[str, Any]:
    """Return what ``benchmarks/results/fuzz.json`` holds."""
    return {
        "schema": SCHEMA,
        **how,
        "count": len(results),
        "peak_mb": max((one.peak_mb for one in results), default=0),
        "slowest_s": max((one.seconds for one in results), default=0.0),
        "kinds": {name: dict(sorted(row.items())) for name, row in counted(results).items()},
    }


def page(found: Mapping[str, Any]) -> str:
    """Render ``docs/fuzzing.md`` from :func:`summary`."""
    sums: Counter[str] = Counter()
    for row in found["kinds"].values():
        sums.update(row)
    bad = {name: sums[name] for name in FORBIDDEN if sums[name]}
    return HEAD.format(
        count=found["count"], asked=found["asked"], seed=found["seed"],
        seconds=found["limits"]["seconds"], memory=found["limits"]["memory_mb"],
        failures=", ".join(f"{count} {name}" for name, count in bad.items()) or "nothing",
        changed=sums["changed"], unchanged=sums["unchanged"], peak=found["peak_mb"],
        slowest=found["slowest_s"], fork=found["fork_ms"],
    ) + text(found["kinds"])  # fmt: skip
