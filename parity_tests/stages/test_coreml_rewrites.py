"""apple/coremltools#2772: an average pool that Core ML computes otherwise, as TorchScript."""

from pathlib import Path

import numpy as np

from poseconvert.drift import Parity
from poseconvert.mil import Executor, read_package
from poseconvert.network.source import ModelOptions
from poseconvert.stages.stage import PACKAGE

CASE = Path(__file__).parent / "cases" / "avg_min.pt"
OPTIONS = {"model": ModelOptions(inputs={"x": (1, 3, 7, 7)})}


def answer(folder):
    picture = np.broadcast_to(np.arange(49, dtype=np.float32).reshape(7, 7), (1, 3, 7, 7))
    executor = Executor(read_package(folder / PACKAGE), precision="fp32")
    (found,) = executor.run({"x": picture}).values()
    return found[0, 0]


def test_it_is_rewritten_so_that_core_ml_gives_pytorchs_numbers(converted):
    made = converted(CASE, **OPTIONS)

    assert made.parity is Parity.HELD
    np.testing.assert_allclose(answer(made.folder), [[4, 7, 9.5], [25, 28, 30.5], [42.5, 45.5, 48]])


def test_the_route_that_sees_no_graph_is_broken_and_gives_what_core_ml_printed(converted):
    made = converted(CASE, **OPTIONS, route="torch")

    assert made.parity is Parity.BROKEN
    printed = [[4, 7, 4.75], [25, 28, 15.25], [21.25, 22.75, 12]]
    np.testing.assert_allclose(answer(made.folder), printed)
