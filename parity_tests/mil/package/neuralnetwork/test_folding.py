"""Upper bounds that layers spell out: fewer ops, the same numbers to the last bit."""

import numpy as np
import pytest
from coremltools.models import datatypes
from coremltools.models.neural_network import NeuralNetworkBuilder
from coremltools.models.utils import save_spec

from poseconvert.mil import Executor, read_package

RNG = np.random.default_rng(2)
X = np.concatenate([RNG.normal(0, 8, 97), [0.0, 6.0, -6.0]])


def bounded(*, relu, least=-6.0, slope=-1.0, shown=False):
    """``-max(-x, least)``, as converters write it; ``shown`` lets a value in between leave."""
    outputs = [("y", datatypes.Array(100))] + ([("b", datatypes.Array(100))] if shown else [])
    builder = NeuralNetworkBuilder(
        [("x", datatypes.Array(100))], outputs, disable_rank5_shape_mapping=True
    )
    if relu:
        builder.add_activation("relu", "RELU", "x", "r")
    builder.add_activation("minus", "LINEAR", "r" if relu else "x", "a", params=[-1.0, 0.0])
    builder.add_unary("bound", "a", "b", "threshold", alpha=least)
    builder.add_activation("back", "LINEAR", "b", "y", params=[slope, 0.0])
    return builder.spec


def read(spec, folder):
    path = folder / "net.mlmodel"
    save_spec(spec, str(path))
    return read_package(path)


def types(package):
    return [one.type for one in package.program.main.block.operations]


@pytest.mark.parametrize(
    ("options", "expected", "op"),
    [
        ({"relu": True}, np.clip(X, 0, 6), ["clip"]),
        ({"relu": False}, np.minimum(X, 6), ["minimum"]),
        ({"relu": True, "least": 1.0}, np.minimum(np.maximum(X, 0), -1), ["relu", "minimum"]),
    ],
)
def test_a_bound_from_above_is_one_op(tmp_path, options, expected, op):
    package = read(bounded(**options), tmp_path)
    assert types(package) == op
    np.testing.assert_array_equal(Executor(package).run({"x": X})["y"], expected.astype(np.float32))


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"relu": False, "slope": -2.0}, 2 * np.minimum(X, 6)),
        ({"relu": False, "shown": True}, np.minimum(X, 6)),
    ],
    ids=["another slope", "a value that leaves"],
)
def test_what_is_no_bound_or_is_seen_stays(tmp_path, options, expected):
    package = read(bounded(**options), tmp_path)
    assert types(package).count("threshold") == 1
    found = Executor(package).run({"x": X})
    np.testing.assert_array_equal(found["y"], expected.astype(np.float32))
