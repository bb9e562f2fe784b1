"""Compute plans that are text: ExecuTorch's report, and Core ML's own ``analytics.mil``."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping

from poseconvert.mil.analysis.compute_plan import (
    ELSEWHERE,
    ComputePlan,
    Device,
    PlacedOps,
    only_other,
)

_BACKENDS: Mapping[str, Device] = {
    "ane": "neural engine", "mps_graph": "gpu", "classic_cpu": "cpu", "bnns": "cpu",
}  # fmt: skip
_DEVICES: Mapping[str, Device] = {
    "ANE": "neural engine", "GPU": "gpu", "CPU": "cpu", "unknown": "unknown",
}  # fmt: skip
_TITLE = re.compile(r"^=== (.{1,400}) ===$")
_TOTAL = re.compile(r"^ {2}(ANE|GPU|CPU|unknown): +(\d{1,7}) / \d{1,7} \( *[\d.]{1,6}%\)$")
_TYPE = re.compile(r"^ {4} *(\d{1,7}) {2}([\w.]{1,200})$")
_MOST_STATEMENT = 1 << 20


def executorch_plan(text: str) -> ComputePlan | None:
    """Read what ExecuTorch's ``coreml_compute_plan.py --show_non_ane`` prints; None if it is other.

    Raises
    ------
    ValueError : the report of several models: which of them is the package, it does not say.
    """
    totals: dict[Device, int] = {}
    ops, titles = [], []
    for line in text.splitlines():
        if title := _TITLE.match(line):
            titles.append(title[1])
        elif total := _TOTAL.match(line):
            totals[_DEVICES[total[1]]] = int(total[2])
        elif kind := _TYPE.match(line):
            ops.append(PlacedOps(kind[2].rpartition(".")[2], "", int(kind[1]), ELSEWHERE))
    if not titles or not totals:
        return None
    if len(titles) > 1:
        raise ValueError(f"a report of {len(titles)} models, give one of them alone")
    place = only_other(totals)
    ops = [PlacedOps(one.op, "", one.count, place) for one in ops]
    return ComputePlan("ExecuTorch's coreml_compute_plan.py", titles[0], tuple(ops), totals)


def analytics_plan(text: str) -> ComputePlan | None:
    """Read Core ML's ``analytics.mil``, as decoreml 0.4.0 reads it; None if it is something else.

    Each op has ``SelectedBackend``, and in ``ValidationMessage`` what backends said against it.
    """
    ops = [one for statement in _statements(text) if (one := _placed(statement))]
    if not ops:
        return None
    totals = dict(Counter(one.device for one in ops))
    return ComputePlan("Core ML's analytics.mil", "", tuple(ops), totals)


def _statements(text: str) -> Iterator[str]:
    """Yield what stands between semicolons, but for those inside of quotes."""
    start = 0
    for match in re.finditer(r'"(?:[^"\\]|\\.)*"|;', text, re.DOTALL):
        if match[0] == ";":
            if match.start() - start <= _MOST_STATEMENT:
                yield text[start : match.start()].strip()
            start = match.end()


def _placed(statement: str) -> PlacedOps | None:
    backend = re.search(r'SelectedBackend = string\("([^"\\]{1,100})"\)', statement)
    if backend is None:
        return None
    head = re.search(r"([\w.]{1,400}) = (\w{1,100})\(", statement)
    if head is None:
        raise ValueError(f"an op without a name: {statement[:60]!r}")
    messages = _strings(statement, "ValidationMessage")
    place = _BACKENDS.get(backend[1], ELSEWHERE)
    why = "" if place == "neural engine" else messages.get("ane", "")
    return PlacedOps(head[2], head[1], 1, place, why)


def _strings(statement: str, attribute: str) -> dict[str, str]:
    """Return a ``dict<string, string>`` attribute, one line each."""
    begin = statement.find(f"{attribute} = dict<string, string>({{{{")
    if begin < 0:
        return {}
    text = r'"((?:[^"\\]|\\.)*)"'
    found = {}
    place = statement.index("{{", begin) + 1
    pair = re.compile(rf"\s*\{{\s*{text}\s*,\s*{text}\s*\}}\s*,?", re.DOTALL)
    while match := pair.match(statement, place):
        found[match[1]] = " ".join(match[2].replace("\\n", " ").replace('\\"', '"').split())
        place = match.end()
    return found
