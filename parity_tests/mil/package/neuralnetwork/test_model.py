"""NeuralNetwork models, read and run; the oracle is torch."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from coremltools.models import datatypes
from coremltools.models.neural_network import NeuralNetworkBuilder
from coremltools.models.utils import save_spec

from poseconvert.errors import PackageError
from poseconvert.mil import Executor, read_package

RNG = np.random.default_rng(7)


def network(shape=(3, 8, 8), **options):
    return NeuralNetworkBuilder(
        [("x", datatypes.Array(*shape))], [("y", datatypes.Array(1))], **options
    )


def run(builder, folder, x):
    path = folder / "net.mlmodel"
    save_spec(builder.spec, str(path))
    return Executor(read_package(path)).run({"x": x.astype(np.float64)})["y"]


def convolution(builder, weight, bias, **options):
    builder.add_convolution(
        "conv",
        kernel_channels=weight.shape[1],
        output_channels=weight.shape[0],
        height=3,
        width=3,
        stride_height=2,
        stride_width=2,
        border_mode="same",
        groups=1,
        W=weight.transpose(2, 3, 1, 0),
        b=bias,
        has_bias=True,
        input_name="x",
        output_name="y",
        **options,
    )


@pytest.mark.parametrize("exact", [False, True])
def test_a_convolution_in_both_shape_conventions(tmp_path, exact):
    weight, bias = RNG.normal(size=(4, 3, 3, 3)), RNG.normal(size=4)
    x = RNG.normal(size=(1, 3, 8, 8) if exact else (3, 8, 8))
    builder = network(x.shape, disable_rank5_shape_mapping=exact)
    convolution(builder, weight, bias)
    padded = F.pad(torch.tensor(x.reshape(1, 3, 8, 8)), (0, 1, 0, 1))
    expected = F.conv2d(padded, torch.tensor(weight), torch.tensor(bias), stride=2).numpy()
    found = run(builder, tmp_path, x)
    np.testing.assert_allclose(found, expected if exact else expected[0], rtol=1e-4, atol=1e-5)


def test_a_loop_turns_as_often_as_its_condition_holds(tmp_path):
    builder = network((1,), disable_rank5_shape_mapping=True)
    builder.add_copy("start", input_name="x", output_name="y")
    layer = builder.add_loop("loop")
    condition = NeuralNetworkBuilder(
        input_features=None,
        output_features=None,
        spec=None,
        nn_spec=layer.loop.conditionNetwork,
        disable_rank5_shape_mapping=True,
    )
    condition.add_less_than("less", input_names=["y"], output_name="goes_on", alpha=10.0)
    layer.loop.conditionVar = "goes_on"
    body = NeuralNetworkBuilder(
        input_features=None,
        output_features=None,
        spec=None,
        nn_spec=layer.loop.bodyNetwork,
        disable_rank5_shape_mapping=True,
    )
    body.add_elementwise("twice", input_names=["y"], output_name="z", mode="MULTIPLY", alpha=2.0)
    body.add_copy("again", input_name="z", output_name="y")
    assert run(builder, tmp_path, np.array([1.5])).tolist() == [12.0]
    assert run(builder, tmp_path, np.array([11.0])).tolist() == [11.0]


def test_a_custom_layer_is_refused_by_name(tmp_path):
    builder = network()
    layer = builder.spec.neuralNetwork.layers.add(name="mine", input=["x"], output=["y"])
    layer.custom.className = "Mine"
    with pytest.raises(PackageError, match='layer "mine" is custom'):
        run(builder, tmp_path, np.zeros((3, 8, 8)))


def test_an_updatable_model_is_refused(tmp_path):
    builder = network()
    builder.spec.isUpdatable = True
    with pytest.raises(PackageError, match="updatable"):
        run(builder, tmp_path, np.zeros((3, 8, 8)))


def test_a_layer_that_reads_what_nothing_computes_is_refused(tmp_path):
    builder = network()
    builder.add_activation("relu", "RELU", input_name="z", output_name="y")
    with pytest.raises(PackageError, match='reads "z", which nothing computes'):
        run(builder, tmp_path, np.zeros((3, 8, 8)))
