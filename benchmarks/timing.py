"""How every benchmark measures: all sides in turn in one run, medians and ratios with spread."""

from __future__ import annotations

import math
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from importlib import import_module
from importlib.metadata import version
from io import StringIO
from typing import Any

Samples = dict[str, list[float]]
Pair = tuple[str, str, float | None]  # case, what it is divided by, the ratio promised if any
DECILES_FROM = 10  # rounds: with fewer the spread is least and most
LIBRARIES = ("numpy", "torch", "onnx", "onnxruntime", "onnxsim", "coremltools", "onnx2coreml")


def timed(run: Callable[[], object], clock: Callable[[], float] = time.perf_counter) -> float:
    """Return the seconds of one call."""
    begun = clock()
    run()
    return clock() - begun


def interleaved(
    sides: Mapping[str, Callable[[], float]],
    rounds: int,
    *,
    warm: int = 1,
    pause: float = 0.0,
    fewer: Mapping[str, int] | None = None,
) -> Samples:
    """Measure every side once per round, forwards and backwards in turn.

    A slow spell of the machine so falls on all sides, and no side always runs first.

    Parameters
    ----------
    sides : each runs once and returns what it measured.
    warm : rounds before those that count: they fill caches and start threads.
    pause : seconds before each measurement, until threads of the one before no longer spin.
    fewer : sides that are so slow that only their first rounds are measured.
    """
    taken: Samples = {name: [] for name in sides}
    for turn in range(-warm, rounds):
        for name in list(sides)[:: 1 if turn % 2 else -1]:
            if turn >= (fewer or {}).get(name, rounds):
                continue
            time.sleep(pause)
            value = sides[name]()
            if turn >= 0:
                taken[name].append(value)
    return taken


def spread(values: Sequence[float]) -> tuple[float, float]:
    """Return the 10th and 90th percentile, or least and most of fewer than 10 values."""
    if len(values) < DECILES_FROM:
        return min(values), max(values)
    deciles = statistics.quantiles(values, n=10)
    return deciles[0], deciles[-1]


def summary(values: Sequence[float]) -> dict[str, Any]:
    low, high = spread(values)
    return {
        "median": rounded(statistics.median(values)),
        "low": rounded(low),
        "high": rounded(high),
    }


def table(
    title: str, taken: Samples, pairs: Sequence[Pair], *, unit: str, clock: str, note: str = ""
) -> dict[str, Any]:
    """Sum up what was measured in turn by one clock: every case, and the ratios of pairs."""
    rows = [
        {"case": case, "rounds": len(values), **summary(values)} for case, values in taken.items()
    ]
    ratios = [ratio(taken, *pair) for pair in pairs]
    found = {"title": title, "unit": unit, "clock": clock, "note": note}
    return {**found, "rows": rows, "ratios": ratios}


def ratio(taken: Samples, case: str, against: str, target: float | None) -> dict[str, Any]:
    """Return the median of the ratios of each round, whose two sides are neighbours in time."""
    pairs = zip(taken[case], taken[against], strict=False)  # a slow side has fewer rounds
    ratios = [own / other for own, other in pairs]
    return {"case": case, "against": against, "target": target, **summary(ratios)}


def rounded(value: float) -> float:
    """Keep four figures: no benchmark here repeats better."""
    return value if value == 0 else round(value, 3 - math.floor(math.log10(abs(value))))


def process(*arguments: str, inside: bool = False) -> Callable[[], float]:
    """Measure the wall seconds of a cold Python process with these arguments.

    Parameters
    ----------
    inside : run the same code in this process, which says nothing of time, only that it works.
    """
    run = _run_inside if inside else _run
    return lambda: timed(lambda: run(arguments))


def process_cpu(*arguments: str, inside: bool = False) -> Callable[[], float]:
    """As ``process``, CPU seconds: other processes hardly change them."""

    def children() -> float:
        spent = os.times()
        return spent.children_user + spent.children_system

    return (
        process(*arguments, inside=True)
        if inside
        else lambda: timed(lambda: _run(arguments), children)
    )


def _run(arguments: Sequence[str]) -> None:
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(arguments)[:200]}\n{done.stderr[-2000:]}\nexit {done.returncode}")


def _run_inside(arguments: Sequence[str]) -> None:
    flag, code, *rest = arguments
    before, sys.argv = sys.argv, [code if flag == "-m" else flag, *rest]
    try:
        with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
            if flag == "-m":  # of poseconvert; its own __main__ would start a process
                import_module(f"{code}.cli").main()
            else:
                exec(compile(code, flag, "exec"), {"__name__": "__main__"})
    except SystemExit as left:
        if left.code:
            raise
    finally:
        sys.argv = before


def load_average() -> float:
    return round(os.getloadavg()[0], 2)


def machine() -> dict[str, Any]:
    """Describe what the numbers depend on, without the name of the machine."""
    import poseconvert

    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9),
        "system": f"{platform.system()} {platform.machine()}",
        "versions": {
            "python": platform.python_version(),
            "poseconvert": poseconvert.__version__,
            **{name: version(name) for name in LIBRARIES},
        },
    }


def _processor() -> str:
    """Name the processor as Linux does."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            named = (line.partition(":")[2].strip() for line in lines if "model name" in line)
            return next(named, platform.machine())
    except OSError:
        return platform.processor() or platform.machine()
