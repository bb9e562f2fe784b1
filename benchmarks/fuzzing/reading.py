"""What is run in a child: a command, or only the function that reads the file for it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fuzzing.plan import Plan
from poseconvert.fence.inside import keep_native_output_away, quiet_libraries

PROGRAM = "poseconvert"


def run(plan: Plan) -> None:
    """Run ``plan`` as the command line would, its handling of errors included."""
    import poseconvert.cli

    sys.argv = [PROGRAM, *plan.argv]
    if plan.action:
        name, *arguments = plan.action
        poseconvert.cli.app = lambda **_: ACTIONS[name](*arguments)  # type: ignore[assignment]
    keep_native_output_away()  # as in the child of a real command
    quiet_libraries()
    poseconvert.cli.main()


def package(path: str, precision: str) -> None:
    """Do everything that one can do with a package; in fp32 ONNX Runtime serves what it can."""
    import numpy as np

    from poseconvert.mil import Executor, costs, find_hazards, read_package

    read = read_package(Path(path))
    find_hazards(read)
    costs(read)
    executor = Executor(read, precision=precision)  # type: ignore[arg-type]
    given = {one.name: np.ones(getattr(one, "shape", ()), np.float32) for one in read.inputs}
    with np.errstate(all="ignore"):
        state = executor.make_state() if precision == "fp16" else None
        executor.run(given, state=state)


def picture(path: str) -> None:
    """Read a picture."""
    from poseconvert.imaging.picture import read_picture

    read_picture(Path(path))


def load(path: str, shape: str) -> None:
    """Read a PyTorch model and run it once."""
    from poseconvert.conversion.atomic_write import scratch_folder
    from poseconvert.network.loading import load_source
    from poseconvert.network.source import ModelOptions

    inputs = {"image": tuple(map(int, shape.split(",")))} if shape else {}
    with scratch_folder():  # as every command that reads one
        load_source(Path(path), ModelOptions(inputs=inputs))


def dataset(name: str) -> None:
    """Open a dataset and the pictures of its first people."""
    from poseconvert.datasets.reading import open_dataset

    for person in open_dataset(name, Path("."), count=None).people[:3]:
        person.picture()


def decode(path: str) -> None:
    """Read decode specs and decode with them."""
    import numpy as np

    from poseconvert.decoding import decode as decoded
    from poseconvert.decoding import load_specs

    shapes = {"heatmap": (1, 17, 8, 8), "offset": (1, 34, 8, 8)}
    outputs = {name: np.ones(shape, np.float32) for name, shape in shapes.items()}
    for spec in load_specs(path):
        decoded(outputs, spec)


ACTIONS: dict[str, Callable[..., Any]] = {
    "package": package, "picture": picture, "load": load, "dataset": dataset, "decode": decode,
}  # fmt: skip


def preload() -> None:
    """Import what commands import, once, so that a child need not."""
    import warnings

    warnings.simplefilter("ignore")
    import coremltools  # noqa: F401
    import onnx  # noqa: F401
    import onnx2coreml  # noqa: F401
    import onnxruntime  # noqa: F401
    import onnxsim  # noqa: F401
    import PIL.Image
    import torch

    torch.set_num_threads(1)
    PIL.Image.init()
    import poseconvert.cli  # noqa: F401
