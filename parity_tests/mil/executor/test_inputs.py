"""What callers feed: pictures in RGB, multi-arrays as declared, all else refused."""

import numpy as np
import pytest

from poseconvert.errors import RunError
from poseconvert.mil import Executor, read_package


def zeros(*shape):
    return np.zeros(shape, np.float32)


@pytest.fixture
def image_executor(coreml, save):
    def image_executor(layout, channels):
        ct = coreml.ct
        weight = np.arange(1, channels + 1, dtype=np.float32).reshape(1, channels, 1, 1) ** 3
        path = save(
            lambda mb, x: mb.conv(x=x, weight=weight, pad_type="valid", name="out"),
            (1, channels, 3, 4),
            inputs=[ct.ImageType(name="x", shape=(1, channels, 3, 4), color_layout=layout)],
        )
        return Executor(read_package(path), precision="fp32")

    return image_executor


@pytest.mark.parametrize(("layout", "weights"), [("RGB", (1, 8, 27)), ("BGR", (27, 8, 1))])
def test_callers_give_rgb_and_the_executor_orders_the_channels(
    image_executor, layout, weights, rng
):
    executor = image_executor(layout, 3)
    picture = rng.integers(0, 256, (3, 4, 3), dtype=np.uint8)
    wanted = picture.astype(np.float32) @ np.array(weights, np.float32)
    planes = picture.transpose(2, 0, 1)[None].astype(np.float32)
    for given in (picture, planes):
        np.testing.assert_array_equal(executor.run({"x": given})["out"][0, 0], wanted)


def test_grey_pictures_have_one_channel_or_none(image_executor, rng):
    executor = image_executor("G", 1)
    picture = rng.integers(0, 256, (3, 4), dtype=np.uint8)
    for given in (picture, picture[..., None], picture[None, None].astype(np.float32)):
        np.testing.assert_array_equal(executor.run({"x": given})["out"][0, 0], picture)


IMAGES = [
    (
        np.zeros((4, 3, 3), np.uint8),
        'input "x" is uint8[4, 3, 3], expected float32[1, 3, 3, 4] or uint8[3, 4, 3]',
    ),
    (np.zeros((3, 4, 1), np.uint8), 'input "x" is uint8[3, 4, 1]'),
    (np.zeros((1, 3, 3, 4), np.uint8), 'input "x" is uint8[1, 3, 3, 4]'),
    (np.zeros((1, 3, 3, 4), np.float64), 'input "x" is float64[1, 3, 3, 4]'),
    (np.full((1, 3, 3, 4), 256, np.float32), "values from 256 to 256, expected 0 to 255"),
    (np.full((1, 3, 3, 4), -0.5, np.float32), "values from -0.5 to -0.5"),
    (np.full((1, 3, 3, 4), np.nan, np.float32), "values from nan to nan"),
]


@pytest.mark.parametrize(("given", "text"), IMAGES)
@pytest.mark.parametrize("layout", ["RGB", "BGR"])
def test_pictures_that_do_not_fit_are_refused(image_executor, layout, given, text):
    with pytest.raises(RunError) as refusal:
        image_executor(layout, 3).run({"x": given})
    assert text in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.fixture
def executor(save):
    return Executor(read_package(save(lambda mb, x: mb.relu(x=x), (1, 6, 9, 9))))


@pytest.mark.parametrize(
    ("inputs", "text"),
    [
        ({}, "given inputs [], expected ['x']."),
        ({"y": zeros(1)}, "given inputs ['y'], expected ['x']."),
        ({"x": zeros(1, 6, 9, 9), "y": zeros(1)}, "given inputs ['x', 'y'], expected ['x']."),
        ({"x": zeros(1, 6, 9)}, 'input "x" is float32[1, 6, 9], expected float32[1, 6, 9, 9].'),
        ({"x": zeros(2, 6, 9, 9)}, 'input "x" is float32[2, 6, 9, 9], expected'),
        (
            {"x": zeros(1, 6, 9, 9).astype(np.float16)},
            'input "x" is float16[1, 6, 9, 9], expected float32',
        ),
        ({"x": "picture.png"}, 'input "x" is <U11[], expected float32[1, 6, 9, 9].'),
    ],
)
def test_inputs_that_do_not_fit_are_refused_with_names_and_shapes(executor, inputs, text):
    with pytest.raises(RunError) as refusal:
        executor.run(inputs)
    assert text in str(refusal.value)
    assert str(executor.package.path) in str(refusal.value)
    assert "\n" not in str(refusal.value)
