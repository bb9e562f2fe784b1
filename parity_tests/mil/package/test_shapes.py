"""Flexible and enumerated shapes, optional inputs, pictures in and out."""

import numpy as np
import pytest
from PIL import Image

from poseconvert.errors import RunError
from poseconvert.mil import Executor, read_package
from poseconvert.mil.package.features import Flexibility


def as_picture(model, colour_space):
    """Describe the only output as an image, as coremltools' guide on image outputs does."""
    kind = model.description.output[0].type
    _, _, height, width = kind.multiArrayType.shape
    kind.imageType.height, kind.imageType.width = height, width
    kind.imageType.colorSpace = kind.imageType.ColorSpace.Value(colour_space)


@pytest.fixture
def converted(coreml, edit, tmp_path):
    """Converts ``y = 2 x`` with the given input, and its output as a picture where wanted."""
    ct, mb = coreml.ct, coreml.mb

    def converted(inputs, shape, picture=None, build=None):
        @mb.program(input_specs=[mb.TensorSpec(shape)], opset_version=ct.target.iOS16)
        def program(x):
            return (build or (lambda mb, x: mb.mul(x=x, y=2.0, name="y")))(mb, x)

        model = ct.convert(
            program,
            convert_to="mlprogram",
            minimum_deployment_target=ct.target.iOS16,
            compute_precision=ct.precision.FLOAT32,
            inputs=inputs,
            skip_model_load=True,
        )
        path = tmp_path / "flexible.mlpackage"
        model.save(str(path))
        if picture:
            edit(path, lambda message: as_picture(message, picture))
        return Executor(read_package(path), precision="fp32")

    return converted


def doubled(executor, shape):
    x = np.random.default_rng(1).random(shape).astype(np.float32)
    (got,) = executor.run({"x": x}).values()
    np.testing.assert_array_equal(got, 2 * x)


def symbols(*sizes):
    from coremltools.converters.mil.mil import get_new_symbol

    return [get_new_symbol() if size is None else size for size in sizes]


def test_ranges_admit_what_lies_inside(coreml, converted):
    span = coreml.ct.RangeDim(lower_bound=2, upper_bound=5, default=3)
    executor = converted([coreml.ct.TensorType("x", (1, span))], symbols(1, None))
    for size in (2, 3, 5):
        doubled(executor, (1, size))
    for size in (1, 6):
        with pytest.raises(RunError, match=rf"is float32\[1, {size}\], .* or \[1, 2..5\]"):
            doubled(executor, (1, size))


def test_enumerated_shapes_admit_themselves_only(coreml, converted):
    shapes = coreml.ct.EnumeratedShapes([[1, 4], [1, 8]], default=[1, 4])
    executor = converted([coreml.ct.TensorType("x", shapes)], symbols(1, None))
    doubled(executor, (1, 4))
    doubled(executor, (1, 8))
    with pytest.raises(RunError, match=r"float32\[1, 6\], .*\[1, 8\]"):
        doubled(executor, (1, 6))


@pytest.mark.parametrize(
    ("shape", "fits"), [((1, 3), True), ((2, 3), True), ((2, 9), True), ((3, 3), False)]
)
def test_a_range_without_an_upper_bound_has_none(shape, fits):
    assert Flexibility(ranges=((1, 2), (3, None))).admits(shape, (1, 3)) == fits


def test_without_any_description_every_shape_is_left_to_the_program():
    assert Flexibility().admits((7, 7), ())
    assert not Flexibility().admits((7, 7), (7, 6))


@pytest.mark.parametrize("layout", ["RGB", "BGR", "GRAYSCALE"])
def test_pictures_go_in_as_pil_and_come_out_as_bytes(coreml, converted, layout):
    ct, channels = coreml.ct, 1 if layout == "GRAYSCALE" else 3
    colour = getattr(ct.colorlayout, layout)
    shape = (1, channels, 4, 6)
    executor = converted(
        [ct.ImageType("x", shape, color_layout=colour)],
        shape,
        layout,
        build=lambda mb, x: mb.add(x=x, y=1.0, name="y"),
    )
    pixels = np.random.default_rng(2).integers(0, 250, (4, 6, 3), np.uint8)
    pixels = pixels[..., 0] if channels == 1 else pixels
    for given in (Image.fromarray(pixels), pixels):
        np.testing.assert_array_equal(executor.run({"x": given})["y"], pixels + 1)


def test_the_program_sees_bgr_where_the_package_says_so(coreml, converted):
    ct = coreml.ct
    executor = converted(
        [ct.ImageType("x", (1, 3, 2, 2), color_layout=ct.colorlayout.BGR)], (1, 3, 2, 2)
    )
    red = np.zeros((2, 2, 3), np.uint8)
    red[..., 0] = 200
    (got,) = executor.run({"x": red}).values()
    assert got[0, :, 0, 0].tolist() == [0, 0, 400]


def test_picture_values_outside_a_byte_are_held_inside(coreml, converted):
    ct = coreml.ct
    executor = converted(
        [ct.ImageType("x", (1, 3, 2, 2))],
        (1, 3, 2, 2),
        "RGB",
        build=lambda mb, x: mb.sub(x=mb.mul(x=x, y=3.0), y=100.0, name="y"),
    )
    pixels = np.zeros((2, 2, 3), np.uint8)
    pixels[0, 0] = [10, 100, 250]
    assert executor.run({"x": pixels})["y"][0, 0].tolist() == [0, 200, 255]


def test_a_picture_of_another_size_is_refused(coreml, converted):
    executor = converted([coreml.ct.ImageType("x", (1, 3, 4, 4))], (1, 3, 4, 4))
    with pytest.raises(RunError, match=r"expected float32\[1, 3, 4, 4\] or uint8\[4, 4, 3\]"):
        executor.run({"x": Image.new("RGB", (5, 4))})
