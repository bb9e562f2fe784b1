"""The reference executor on the dual-head MobileNetV1 x1.0 at 224: time and memory.

Twice: wall time on 2 threads, for a machine that is otherwise idle, and CPU time on 1 thread, which
other processes hardly change.

Run with ``python benchmarks/bench_executor.py [FOLDER]``; models are made in FOLDER, or found there
again. Every ratio is taken inside one run, its two sides measured in turn. Writes
``results/executor.json``.
"""

from __future__ import annotations

import importlib.util
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results" / "executor.json"
SEEDED = ROOT / "reference_models" / "dual_head_mobilenet_v1" / "seeded.py"
THREADS = 2
CLOCKS = {"2 threads, wall": (2, time.perf_counter), "1 thread, CPU": (1, time.process_time)}
REPETITIONS = 40
PAUSE_S = 0.03  # until the threads of the case before no longer spin
SLOW_REPETITIONS = 3  # of the ONNX reference evaluator
LOADS = 15
PACKAGES = {"fp32": "fp32.poseconvert", "fp16": "fp16.poseconvert"}

# case, what it is divided by, target
RATIOS = (
    ("fast path", "onnxruntime", 1.1),
    ("interpreter fp32", "pytorch eager", 1.0),
    ("interpreter fp16", "interpreter fp32", 1.5),
    ("onnx reference evaluator", "fast path", None),
)
LOAD_TARGET_S = 0.3
DROPIN_TARGET_MS = 1.0
DROPIN_PAIRS = 120


def make_models(folder: Path) -> None:
    """Build a seeded network of width 1.0, and convert it to both precisions."""
    from poseconvert.network.checkpoint import save_checkpoint
    from poseconvert.network.dual_head import DualHeadConfig

    spec = importlib.util.spec_from_file_location("seeded", SEEDED)
    assert spec is not None
    assert spec.loader is not None
    seeded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(seeded)
    config = DualHeadConfig(width=1.0)
    network = seeded.seeded_network(config)
    seeded.calibrate(network, seeded.calibration_pictures(config.input_size)[:16])
    checkpoint = folder / "model.safetensors"
    save_checkpoint(checkpoint, network, architecture="dual_head_mobilenet_v1", config=config)
    for precision, name in PACKAGES.items():
        command = [sys.executable, "-m", "poseconvert", "convert", str(checkpoint), "--quiet"]
        done = subprocess.run(
            [*command, "--precision", precision, "-o", str(folder / name)], check=False
        )
        if done.returncode > 1:  # 1: converted, and the float16 parity is not our subject here
            sys.exit(f"poseconvert convert: exit {done.returncode}")


def picture() -> Any:
    import numpy as np

    return np.random.default_rng(0).uniform(0, 255, (1, 3, 224, 224)).astype(np.float32)


def runner(case: str, folder: Path) -> Callable[[], object]:
    """One case, ready to be called."""
    x = picture()
    onnx_path = folder / PACKAGES["fp32"] / "model.simplified.onnx"
    if case == "pytorch eager":
        import torch

        from poseconvert.network.loading import load_source
        from poseconvert.network.source import ModelOptions

        network: Any = load_source(folder / "model.safetensors", ModelOptions()).module
        return torch.inference_mode()(lambda: network(torch.from_numpy(x)))
    if case == "onnxruntime":
        import onnxruntime
        import torch

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = torch.get_num_threads()
        session = onnxruntime.InferenceSession(
            str(onnx_path), options, providers=["CPUExecutionProvider"]
        )
        return lambda: session.run(None, {"image": x})
    if case == "onnx reference evaluator":
        from onnx.reference import ReferenceEvaluator

        evaluator = ReferenceEvaluator(str(onnx_path))
        return lambda: evaluator.run(None, {"image": x})
    from poseconvert.mil import Executor, read_package

    precision: Any = "fp16" if case.endswith("fp16") else "fp32"
    engine: Any = "onnxruntime" if case == "fast path" else "interpreter"
    package = read_package(folder / PACKAGES[precision] / "model.mlpackage")
    executor = Executor(package, precision=precision, engine=engine)
    if case.startswith("streaming"):
        return lambda: sum(len(values) for _, values in executor.values({"image": x}))
    return lambda: executor.run({"image": x})


def timed(run: Callable[[], object], clock: Callable[[], float] = time.perf_counter) -> float:
    begun = clock()
    run()
    return (clock() - begun) * 1000


def times(folder: Path, clock: Callable[[], float]) -> dict[str, list[float]]:
    """Milliseconds of every case, one of each per repetition, forwards and backwards in turn."""
    names = list(dict.fromkeys(name for case, base, _ in RATIOS for name in (case, base)))
    slow = "onnx reference evaluator"
    runs = {name: runner(name, folder) for name in names}
    taken: dict[str, list[float]] = {name: [] for name in names}
    for repetition in range(REPETITIONS + 5):
        for name in names[:: 1 if repetition % 2 else -1]:
            if name == slow and repetition >= SLOW_REPETITIONS:
                continue
            time.sleep(PAUSE_S)
            milliseconds = timed(runs[name], clock)
            if repetition >= 5 or name == slow:  # the first ones warm caches and threads
                taken[name].append(milliseconds)
    return taken


def ratio(taken: dict[str, list[float]], case: str, base: str) -> dict[str, float]:
    """Of medians where the counts differ, else the median of ratios of neighbours in time."""
    own, other = taken[case], taken[base]
    if len(own) != len(other):
        return {"ratio": round(statistics.median(own) / statistics.median(other), 2)}
    ratios = [a / b for a, b in zip(own, other, strict=True)]
    deciles = statistics.quantiles(ratios, n=10)
    return {
        "ratio": round(statistics.median(ratios), 3),
        "ratio_p10": round(deciles[0], 3),
        "ratio_p90": round(deciles[-1], 3),
    }


def load_seconds(folder: Path) -> dict[str, float]:
    """Median seconds of ``read_package`` and ``Executor``, imports done."""
    from poseconvert.mil import Executor, read_package

    medians = {}
    for precision, name in PACKAGES.items():
        path = folder / name / "model.mlpackage"
        taken = [timed(lambda p=path: Executor(read_package(p))) for _ in range(LOADS + 1)]  # type: ignore[misc]
        medians[precision] = round(statistics.median(taken[1:]) / 1000, 4)
    return medians


def dropin_overhead(folder: Path) -> float:
    """Median milliseconds of CPU time that ``MLModel.predict`` takes beyond ``Executor.run``."""
    import numpy as np
    import torch
    from PIL import Image

    from poseconvert.mil import Executor, enable_coremltools_predict, read_package

    enable_coremltools_predict()
    from coremltools.models import MLModel

    torch.set_num_threads(1)
    path = folder / PACKAGES["fp16"] / "model.mlpackage"
    inputs = {"image": Image.fromarray(picture()[0].transpose(1, 2, 0).astype(np.uint8))}
    model, executor = MLModel(str(path)), Executor(read_package(path))
    runs = (lambda: model.predict(inputs)), (lambda: executor.run(inputs))
    overheads = []
    for pair in range(DROPIN_PAIRS + 2):
        order = (0, 1) if pair % 2 else (1, 0)  # what runs first finds colder caches
        taken = {which: timed(runs[which], time.process_time) for which in order}
        overheads.append(taken[0] - taken[1])
    return round(statistics.median(overheads[2:]), 3)  # the first ones load the weights


def peak_memory(case: str, folder: Path) -> float:
    """MB that loading and running a case adds at its peak, in a process of its own."""
    done = subprocess.run(
        [sys.executable, __file__, str(folder), "--memory", case],
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout.splitlines()[-1])


def measure_memory(case: str, folder: Path) -> None:
    """Print the growth of the peak resident size; libraries are loaded and warm before."""
    import onnx.reference  # noqa: F401
    import onnxruntime  # noqa: F401
    import torch

    from poseconvert.mil import Executor, read_package  # noqa: F401
    from poseconvert.mil.registry import registrations
    from poseconvert.network import loading  # noqa: F401

    torch.set_num_threads(THREADS)
    list(registrations())
    with torch.inference_mode():  # libraries keep code and tables from their first calls on
        for layout in (torch.contiguous_format, torch.channels_last):
            x = torch.zeros(1, 64, 16, 16).to(memory_format=layout)
            for groups, kernel in ((1, 1), (1, 3), (64, 3)):
                for stride in (1, 2):
                    conv = torch.nn.Conv2d(64, 64, kernel, stride, groups=groups, padding=1)
                    conv.to(memory_format=layout)(x).clamp_(0, 6).half().float()
    if case not in ("onnxruntime", "pytorch eager", "onnx reference evaluator"):
        from coremltools.proto import Model_pb2  # noqa: F401
    begun = resident("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew
    run = runner(case, folder)
    for _ in range(3):
        run()
    print(resident("VmHWM") - begun)


def resident(field: str) -> float:
    """MB of this process, as Linux counts them."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field)) / 1024


def bounds(folder: Path) -> dict[str, float]:
    """MB of the weights as stored, and of twice that with the two largest activations."""
    from poseconvert.mil import read_package

    found = {}
    for precision, name in PACKAGES.items():
        package = read_package(folder / name / "model.mlpackage")
        block = package.program.main.block
        constants = sum(
            o.attributes["val"].array.nbytes for o in block.operations if o.type == "const"
        )
        values = (t for o in block.operations if o.type != "const" for _, t in o.outputs)
        largest = sorted(4 * (getattr(t, "elements", 0) or 0) for t in values)[-2:]
        found[f"weights {precision}"] = round(constants / 2**20, 1)
        found[f"allowed {precision}"] = round((2 * constants + sum(largest)) / 2**20, 1)
    return found


MEMORY_CASES = (
    "onnxruntime",
    "fast path",
    "pytorch eager",
    "interpreter fp32",
    "interpreter fp16",
    "streaming fp32",
    "streaming fp16",
    "onnx reference evaluator",
)


def main() -> None:
    import torch

    arguments = sys.argv[1:]
    if "--memory" in arguments:
        measure_memory(arguments[2], Path(arguments[0]))
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(arguments[0] if arguments else temporary)
        folder.mkdir(exist_ok=True)
        if not all((folder / name).is_dir() for name in PACKAGES.values()):
            make_models(folder)
        taken = {}
        for clock, (threads, read) in CLOCKS.items():
            torch.set_num_threads(threads)
            taken[clock] = times(folder, read)
        loads = load_seconds(folder)
        memory = {case: round(peak_memory(case, folder), 1) for case in MEMORY_CASES}
        allowed = bounds(folder)
        overhead = dropin_overhead(folder)
    report(taken, loads, memory, allowed, overhead)


def report(
    taken: dict[str, dict[str, list[float]]],
    loads: dict[str, float],
    memory: dict[str, float],
    allowed: dict[str, float],
    overhead: float,
) -> None:
    record: dict[str, Any] = {
        "schema": "poseconvert.benchmark.executor/1",
        "machine": platform.processor() or platform.machine(),
        "python": platform.python_version(),
        "load_average": round(os.getloadavg()[0], 2),
        "repetitions": REPETITIONS,
        "median_ms": {},
        "ratios": [],
    }
    for clock, values in taken.items():
        medians = {case: round(statistics.median(each), 2) for case, each in values.items()}
        record["median_ms"][clock] = medians
        print(f"{clock:<28}{'median ms':>11}")
        for case, median in medians.items():
            print(f"{case:<28}{median:>11}")
        for case, base, target in RATIOS:
            row = {"clock": clock, "case": case, "against": base, "target": target}
            record["ratios"].append({**row, **ratio(values, case, base)})
            wanted = f"target at most {target}" if target else "no target"
            print(f"{case} / {base}: {record['ratios'][-1]['ratio']}  ({wanted})")
    print(f"load: fp32 {loads['fp32']} s, fp16 {loads['fp16']} s  (target at most {LOAD_TARGET_S})")
    print(f"peak memory, MB: {memory}")
    print(f"weights, and twice them with two activations, MB: {allowed}")
    print(f"drop-in: {overhead} ms beyond Executor.run  (target at most {DROPIN_TARGET_MS})")
    record |= {"dropin_overhead_ms": overhead, "dropin_overhead_target_ms": DROPIN_TARGET_MS}
    record |= {"load_s": loads, "load_target_s": LOAD_TARGET_S}
    record |= {"peak_mb": memory, "memory_bounds_mb": allowed}
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
