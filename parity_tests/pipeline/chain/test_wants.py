"""What a package does to a picture first is read from its ops, whoever wrote them."""

import coremltools as ct
import numpy as np
import pytest
from coremltools.converters.mil import Builder as mb  # noqa: N813
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from poseconvert.graph.reader import read_onnx
from poseconvert.imaging.scaling import Scaling, per_colour
from poseconvert.mil import read_package
from poseconvert.pipeline.chain.wants import graph_wants, package_wants, scaling_of
from poseconvert.pipeline.inspect.inspect import inspect_artifact

numbers = st.sampled_from([0.5, 1 / 255, 2.0, -1.25, 57.375])
steps = st.lists(
    st.tuples(
        st.sampled_from(["mul", "add", "sub", "real_div"]),
        st.one_of(numbers, st.tuples(numbers, numbers, numbers)),
    ),
    min_size=1,
    max_size=3,
)


def package(path, ops):
    @mb.program(input_specs=[mb.TensorSpec(shape=(1, 3, 4, 4))], opset_version=ct.target.iOS16)
    def program(x):
        for name, value in ops:
            by = np.float32(value)
            x = getattr(mb, name)(x=x, y=by.reshape(1, 3, 1, 1) if by.ndim else by)
        return mb.relu(x=x, name="y")

    made = ct.convert(
        program,
        inputs=[ct.TensorType("x", shape=(1, 3, 4, 4))],
        compute_precision=ct.precision.FLOAT32,
        pass_pipeline=ct.PassPipeline.EMPTY,
        minimum_deployment_target=ct.target.iOS16,
        skip_model_load=True,
    )
    made.save(str(path))
    return read_package(path)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps)
def test_a_chain_of_constants_is_one_scale_and_one_bias(tmp_path_factory, ops):
    found = scaling_of(package(tmp_path_factory.mktemp("p") / "p.mlpackage", ops))
    x = np.random.default_rng(0).uniform(0, 255, (2, 3, 4, 4))
    expected = x
    for name, value in ops:
        by = np.asarray(value).reshape(1, -1, 1, 1)
        expected = {
            "mul": expected * by, "add": expected + by,
            "sub": expected - by, "real_div": expected / by,
        }[name]  # fmt: skip
    np.testing.assert_allclose(found.apply(x), expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", ["unscaled.mlpackage", "tensor.mlpackage"])
def test_a_package_that_does_nothing_first_has_none(theirs, name):
    assert scaling_of(read_package(theirs / name)) is None


def test_the_scale_of_an_image_of_coremltools_is_found(theirs):
    found = scaling_of(read_package(theirs / "image.mlpackage"))
    assert found.scale == pytest.approx((1 / 255,) * 3)
    assert found.bias == (0, 0, 0)


def test_what_is_said_of_it_is_short():
    assert str(per_colour(np.array([0.5]), np.zeros(1))) == "x * 0.5 + 0"
    assert str(Scaling((1, 2, 3), (0, 0, 0))) == "x * (1, 2, 3) + 0"


WANTS = {
    "image.mlpackage": "1x3x32x32, RGB image, computes x * 0.00392157 + 0 itself",
    "wrong_bgr.mlpackage": "1x3x32x32, BGR image, computes x * 0.00392157 + 0 itself",
    "unscaled.mlpackage": "1x3x32x32, RGB image",
    "tensor.mlpackage": "1x3x32x32, float32 NCHW",
    "last.mlpackage": "1x3x32x32, float32 NHWC",
}


@pytest.mark.parametrize("name", WANTS)
def test_what_a_package_wants_is_read_from_it(theirs, name):
    (wanted,) = package_wants(read_package(theirs / name))
    assert str(wanted) == f"picture {WANTS[name]}"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("plain.onnx", "float32 NCHW"),
        ("scaled.onnx", "float32 NCHW, computes x * 0.00392157 + 0 itself"),
        ("last.onnx", "float32 NHWC"),
    ],
)
def test_what_a_graph_wants_is_read_from_it(theirs, name, text):
    (wanted,) = graph_wants(read_onnx(theirs / name))
    assert str(wanted) == f"image 1x3x32x32, {text}"


def test_inspect_says_it_of_both(theirs):
    package = inspect_artifact(theirs / "wrong_bgr.mlpackage")
    assert package.inputs == {"picture": "image 32x32 BGR; computes x * 0.00392157 + 0 itself"}
    graph = inspect_artifact(theirs / "last.onnx")
    assert graph.inputs == {"image": "float[1, 32, 32, 3]; a picture, NHWC"}
