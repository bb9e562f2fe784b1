"""A runner in other names and layouts answers as the reference would."""

import numpy as np

from poseconvert.imaging.wanted import Wanted
from poseconvert.runners.fed import FedRunner, Pairing
from poseconvert.runners.runner import Batch


class Inner:
    """Answers with what it was fed."""

    name, precision, size = "inner", "fp32", 1

    def run(self, batch):
        (values,) = batch.tensors.values()
        return {"maps": values, "sum": values.sum(axis=(1, 2, 3), keepdims=True)}


WANTED = {"image": Wanted("x", (1, 3, 4, 5), channels_last=True)}
GIVEN = Batch({"image": np.random.default_rng(0).random((2, 3, 4, 5), np.float32)})


def test_outputs_are_read_by_their_pairings():
    runner = FedRunner(Inner(), WANTED, (Pairing("heatmap", "maps", "shape", channels_last=True),))
    outputs = runner.run(GIVEN)
    assert list(outputs) == ["heatmap"]
    np.testing.assert_array_equal(outputs["heatmap"], GIVEN.tensors["image"])
    assert (runner.name, runner.precision, runner.size) == ("inner", "fp32", 1)


def test_pairings_are_found_once_on_the_first_outputs():
    seen = []

    def match(outputs):
        seen.append(sorted(outputs))
        return [Pairing("total", "sum", "value")]

    runner = FedRunner(Inner(), WANTED, match=match)
    assert list(runner.run(GIVEN)) == list(runner.run(GIVEN)) == ["total"]
    assert seen == [["maps", "sum"]]
