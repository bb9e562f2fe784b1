"""Every preset's spec by hand, and shapes that do not fit."""

import dataclasses

import pytest

from poseconvert.decoding import PRESETS, specs
from poseconvert.errors import DecodeError

DUAL = {
    "heatmap2d": (1, 24, 14, 14),
    "offset2d": (1, 48, 14, 14),
    "heatmap3d": (1, 336, 14, 14),
    "offset3d": (1, 1008, 14, 14),
}
FLAT_ONLY = {name: DUAL[name] for name in ("heatmap2d", "offset2d")}
DEEP_ONLY = {name: DUAL[name] for name in ("heatmap3d", "offset3d")}


def posenet(size, grid, preset="posenet"):
    shapes = {"heatmap": (1, 17, *grid), "offset": (1, 34, *grid)}
    return specs(preset, input_size=size, shapes=shapes)


def test_dual_head_224():
    flat, deep = specs("dual_head_224", input_size=(224, 224), shapes=DUAL)
    assert (flat.grid, flat.stride, flat.heatmap, flat.offset) == (
        (14, 14), (16, 16), "heatmap2d", "offset2d",
    )  # fmt: skip
    assert (deep.grid, deep.stride, deep.z_zero) == ((14, 14, 14), (16, 16, 16), 7)
    assert (flat.offset_order, deep.offset_order) == ("xy", "xyz")
    for spec in (flat, deep):
        assert (spec.skeleton, spec.joints) == ("dual_head_24", 24)
        assert (spec.offset_unit, spec.centre, spec.frame) == ("image", 0, "corner")
        assert (spec.activation, spec.threshold) == ("linear", 0)


def test_dual_head_448():
    shapes = {"heatmap3d": (1, 672, 28, 28), "offset3d": (1, 2016, 28, 28)}
    (deep,) = specs("dual_head_448", input_size=(448, 448), shapes=shapes)
    assert (deep.joints, deep.grid, deep.stride, deep.z_zero) == (24, (28,) * 3, (16,) * 3, 14)
    assert (deep.offset_unit, deep.centre, deep.frame) == ("cell", 0.5, "centred_y_up")


@pytest.mark.parametrize("shapes", [FLAT_ONLY, DEEP_ONLY])
def test_a_dual_head_net_may_have_one_pair_only(shapes):
    (spec,) = specs("dual_head_224", input_size=(224, 224), shapes=shapes)
    assert {spec.heatmap, spec.offset} == set(shapes)
    assert spec.joints == 24


def test_the_2d_head_tells_joints_from_depth():
    shapes = FLAT_ONLY | {"heatmap3d": (1, 240, 14, 14), "offset3d": (1, 720, 14, 14)}
    _, deep = specs("dual_head_224", input_size=(224, 224), shapes=shapes)
    assert (deep.grid, deep.z_zero, deep.stride) == ((10, 14, 14), 5, (22.4, 16, 16))


def test_a_dual_head_of_other_joints_is_numbered():
    shapes = {"heatmap2d": (1, 21, 14, 14), "offset2d": (1, 42, 14, 14)}
    (spec,) = specs("dual_head_224", input_size=(224, 224), shapes=shapes)
    assert spec.skeleton == "numbered_21"


@pytest.mark.parametrize(
    ("size", "grid", "stride"),
    [
        ((513, 513), (33, 33), 16),
        ((257, 257), (17, 17), 16),
        ((225, 225), (15, 15), 16),
        ((224, 224), (14, 14), 16),  # not 16k + 1: the network's stride all the same
        ((353, 257), (23, 17), 16),
        ((257, 257), (33, 33), 8),
        ((257, 257), (9, 9), 32),
    ],
)
def test_posenet_stride_is_that_of_the_network(size, grid, stride):
    (spec,) = posenet(size, grid)
    assert spec.stride == (stride, stride)
    if (size[0] - 1) % stride == 0:
        assert stride == (size[0] - 1) / (grid[0] - 1)


def test_posenet_offsets_have_the_y_block_first():
    (raw,) = posenet((513, 513), (33, 33))
    (ready,) = posenet((513, 513), (33, 33), "posenet_probability")
    assert (raw.activation, ready.activation) == ("logit", "probability")
    for spec in (raw, ready):
        assert (spec.offset_order, spec.offset_unit, spec.centre) == ("yx", "pixel", 0)
        assert spec.skeleton == "coco_17"


@pytest.mark.parametrize(
    ("size", "grid", "moved"),
    [
        ((257, 257), (17, 17), 0),
        ((353, 257), (23, 17), 0),
        ((224, 224), (14, 14), 1 + 2 + 4 + 8),  # 224, 112, 56, 28: all even
        ((216, 232), (14, 15), 1 + 2 + 4),  # 216, 108, 54, 27 and 232, 116, 58, 29
        ((220, 220), (14, 14), 1 + 2 + 8),  # 220, 110, 55, 28
        ((224, 224), (28, 28), 1 + 2 + 4),
    ],
)
def test_padded_as_same_a_cell_lies_where_its_even_sides_move_it(size, grid, moved):
    (spec,) = posenet(size, grid, "posenet_same")
    (plain,) = posenet(size, grid)
    assert spec.centre * spec.stride[0] == moved
    assert spec == dataclasses.replace(plain, centre=spec.centre)


def test_cells_that_same_moves_differently_down_and_right_are_refused():
    with pytest.raises(DecodeError, match=r"0.9375 down and 0 right. Give sides of 16k\+1"):
        posenet((224, 225), (14, 15), "posenet_same")


@pytest.mark.parametrize(("joints", "skeleton"), [(17, "coco_17"), (16, "mpii_16")])
def test_simple_baselines_takes_the_only_output(joints, skeleton):
    shapes = {"final_layer": (2, joints, 64, 48)}
    (spec,) = specs("simple_baselines", input_size=(256, 192), shapes=shapes)
    assert (spec.heatmap, spec.offset, spec.refinement) == ("final_layer", None, "quarter_cell")
    assert (spec.grid, spec.stride, spec.skeleton) == ((64, 48), (4, 4), skeleton)


def test_integral_3d():
    shapes = {"heatmap": (1, 18 * 64, 64, 64), "other": (1, 5)}
    (spec,) = specs("integral_3d", input_size=(256, 256), shapes=shapes)
    assert (spec.joints, spec.grid, spec.stride) == (18, (64, 64, 64), (4, 4, 4))
    assert (spec.refinement, spec.activation, spec.z_zero) == ("expectation", "logit", 32)
    assert spec.skeleton == "numbered_18"
    assert spec.threshold == 64**-3


@pytest.mark.parametrize("shape", [(1, 32), (1, 16, 2)])
def test_deeppose(shape):
    (spec,) = specs("deeppose", input_size=(220, 200), shapes={"keypoints": shape})
    assert (spec.refinement, spec.heatmap, spec.offset) == ("regression", None, "keypoints")
    assert (spec.joints, spec.grid, spec.offset_unit) == (16, (1, 1), "image")


def test_an_unknown_preset_lists_all():
    with pytest.raises(DecodeError) as caught:
        specs("nobody", input_size=(224, 224), shapes=DUAL)
    assert 'there is no decode preset "nobody"' in str(caught.value)
    assert all(name in str(caught.value) for name in PRESETS)


@pytest.mark.parametrize(
    ("preset", "shapes", "message"),
    [
        ("dual_head_224", {"a": (1, 24, 14, 14)}, "no head. Name them heatmap2d offset2d heat"),
        ("dual_head_224", {"heatmap2d": (1, 24, 14, 14)}, '"offset2d" is missing. Rename'),
        ("dual_head_224", {"offset3d": (1, 1008, 14, 14)}, '"heatmap3d" is missing'),
        ("dual_head_224", FLAT_ONLY | {"offset2d": (1, 24, 14, 14)}, '"offset2d" needs 2 channel'),
        ("dual_head_224", DEEP_ONLY | {"offset3d": (1, 672, 14, 14)}, '"offset3d" needs 3 channel'),
        ("dual_head_224", DUAL | {"heatmap3d": (1, 337, 14, 14)}, "337 channels do not divide by"),
        ("dual_head_224", FLAT_ONLY | {"heatmap2d": (24, 14, 14)}, '"heatmap2d" is not of rank 4'),
        ("posenet", {"heatmap": (1, 17, 14, 14)}, '"offset" is missing'),
        ("posenet", {"heatmap": (1, 17, 9, 9), "offset": (1, 17, 9, 9)}, "needs 2 channels per"),
        (
            "posenet",
            {"heatmap": (1, 17, 15, 14), "offset": (1, 34, 15, 14)},
            "no stride makes this grid (8 makes 28x28, 16 makes 14x14, 32 makes 7x7)",
        ),
        ("simple_baselines", {"a": (1, 17, 9, 9), "b": (1, 3)}, '"heatmap" is missing'),
        ("simple_baselines", {}, '"heatmap" is missing'),
        ("integral_3d", {"out": (1, 65, 64, 64)}, "65 channels do not divide by a depth of 64"),
        ("deeppose", {"out": (1, 33)}, '33 numbers in "out" are not (x, y) pairs'),
        ("deeppose", {"out": (1, 16, 9, 9)}, '"out" is not of rank 2'),
    ],
)
def test_shapes_that_do_not_fit_are_refused_with_all_shapes(preset, shapes, message):
    with pytest.raises(DecodeError) as caught:
        specs(preset, input_size=(224, 224), shapes=shapes)
    text = str(caught.value)
    assert text.startswith(f'decode preset "{preset}", outputs ')
    assert message in text
    assert all(f"{name} {shape}" in text for name, shape in shapes.items())
