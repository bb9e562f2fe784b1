"""Plant every fault of the catalogue, convert healthy networks, and write docs/faults.md.

``python benchmarks/faults.py``: 500 healthy conversions, about half an hour on two cores;
``--healthy 20`` for a quick look.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
import tempfile
import warnings
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "parity_tests" / "faults"))
TABLE, RESULTS = ROOT / "docs" / "faults.md", ROOT / "benchmarks" / "results" / "faults.json"

HEAD = """# Faults: what is seen, and what it is called

Made by `python benchmarks/faults.py`. Each row plants one cause of drift into a healthy conversion
and asks `poseconvert diff` about it; `parity_tests/faults/` does the same in CI. Faults of a phone
are **simulated** through recorded outputs (`diff --recorded`): no phone was at hand.

| rate | |
|---|---|
| detected: parity is not held, or the model is refused | {detected} of {faults} |
| named: the cause said is the one planted, with its op where there is one | {named} of {faults} |
| false alarms on healthy conversions of seeded random networks | {alarms} of {healthy} |

Row numbers are those of the catalogue of causes the project started from. Row 13 is no fault:
another order of summation must not be flagged, and is not. What is refused has no cause of its
own: the refusal says it.

| row | planted | verdict | said |
|---|---|---|---|
"""
TAIL = """
What is said is a counter-hypothesis that fits: the input is fed as the fault would make it, an op
is given the reference's parameter, outputs are read as the fault would read them, until the drift
is gone. A cause outside this list is called unknown, never the nearest one on it.
"""


def planted() -> list[dict[str, object]]:
    """Plant every fault; return what was said of each."""
    from catalogue import FAULTS, REFUSED
    from examine import copy_of, examine

    from poseconvert.errors import PoseconvertError

    rows: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as work:
        bases = Bases(Path(work))
        for fault in FAULTS:
            folder = copy_of(bases(fault.base), Path(tempfile.mkdtemp(dir=work)))
            case = fault.plant(folder)
            try:
                with case.during:
                    measurement, found = examine(folder, case)
            except PoseconvertError as error:
                said = str(error).replace(str(folder), "CONVERSION")
                verdict, good = REFUSED, fault.verdict == REFUSED and fault.cause in said
            else:
                verdict = measurement.parity.value
                said = found[0].sentence if found else "nothing"
                causes = [one.cause for one in found]
                op = fault.op or case.op
                good = causes == ([fault.cause] if fault.cause else [])
                good = good and all(op in one.op for one in found)
            detected = verdict == fault.verdict
            rows.append(
                {
                    "row": fault.row, "planted": fault.title, "verdict": verdict, "said": said,
                    "detected": detected, "named": detected and good,
                }
            )  # fmt: skip
            print(f"{fault.id}: {verdict}; {said}", flush=True)
        rows.append(without_statistics(Path(work)))
    return sorted(rows, key=lambda row: int(str(row["row"])))


def without_statistics(work: Path) -> dict[str, object]:
    """Row 2 cannot be converted, so nothing is planted: the model is refused."""
    import networks

    from poseconvert.errors import PoseconvertError
    from poseconvert.pipeline.chain.model import load_model

    said = ""
    try:
        load_model(networks.zoo_script(work / "row2.pt", track=False), networks.SCRIPT)
    except PoseconvertError as error:
        said = str(error).replace(str(work) + "/", "")
    return {"row": 2, "planted": "batch norm without running statistics",
            "verdict": "refused" if said else "held", "said": said,
            "detected": bool(said), "named": "track_running_stats" in said}  # fmt: skip


class Bases:
    """Healthy conversions by name, made when they are first asked for."""

    def __init__(self, work: Path) -> None:
        self._work = work
        self._made: dict[str, Path] = {}

    def __call__(self, name: str) -> Path:
        if name not in self._made:
            folder = self._work / name
            folder.mkdir()
            self._made[name] = self._make(name, folder)
        return self._made[name]

    def _make(self, name: str, folder: Path) -> Path:
        from examine import make_base, silent

        if name != "pose":
            return make_base(name, folder)
        from poseconvert.network.checkpoint import save_checkpoint
        from poseconvert.pipeline.convert.convert import ConvertOptions, convert

        spec = importlib.util.spec_from_file_location("shared", ROOT / "parity_tests/conftest.py")
        shared = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(shared)
        network = shared.make_tiny_network()
        model, target = folder / "tiny.safetensors", folder / "base.poseconvert"
        architecture = "dual_head_mobilenet_v1"
        save_checkpoint(model, network, architecture=architecture, config=network.config)
        target.mkdir()
        convert(model, target, target=target, options=ConvertOptions(), progress=silent)
        return target


def healthy(seed: int) -> str:
    """Convert one healthy network; return what was flagged, empty if nothing."""
    import torch

    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    from test_healthy import alarm

    with tempfile.TemporaryDirectory() as at:
        try:
            return alarm(seed, Path(at))
        except Exception as error:  # a network that cannot be converted is an alarm too
            return f"{type(error).__name__}: {error}"


def main() -> None:
    """Run all of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--healthy", type=int, default=500, help="random networks to convert")
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    rows = planted()
    flagged: dict[int, str] = {}
    # Forked, a process would inherit the locks of threads that torch has started.
    with ProcessPoolExecutor(options.processes, mp_context=get_context("spawn")) as pool:
        for seed, said in enumerate(pool.map(healthy, range(options.healthy))):
            if said:
                flagged[seed] = said
            if said or not (seed + 1) % 20:
                print(
                    f"healthy {seed + 1} of {options.healthy}: {said or 'none flagged'}", flush=True
                )
    rates = {
        "faults": len(rows), "detected": sum(bool(row["detected"]) for row in rows),
        "named": sum(bool(row["named"]) for row in rows),
        "healthy": options.healthy, "alarms": len(flagged),
    }  # fmt: skip
    RESULTS.write_text(
        json.dumps({"rates": rates, "rows": rows, "flagged": flagged}, indent=1) + "\n"
    )
    cells = ([str(row[name]) for name in ("row", "planted", "verdict", "said")] for row in rows)
    lines = [f"| {' | '.join(cell.replace('|', '/') for cell in line)} |" for line in cells]
    TABLE.write_text(HEAD.format(**rates) + "\n".join(lines) + "\n" + TAIL)
    print(rates)


if __name__ == "__main__":
    main()
