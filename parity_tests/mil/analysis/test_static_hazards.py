import numpy as np
import pytest

from poseconvert.mil import find_hazards, read_package


def told(path):
    hazards = find_hazards(read_package(path))
    for hazard in hazards:
        assert "\n" not in str(hazard)
        assert hazard.cure.endswith(".")
    return [str(hazard) for hazard in hazards]


def convolve(weight, **options):
    return lambda mb, x: mb.conv(
        x=x, weight=weight, name="layer", **{"pad_type": "valid", **options}
    )


def test_a_tame_package_has_none(save):
    assert told(save(convolve(np.ones((2, 3, 3, 3), np.float32)), (1, 3, 8, 8))) == []


@pytest.mark.parametrize(("size", "found"), [(8, True), (9, False), (224, True), (225, False)])
def test_same_padding_at_stride_two_is_told_where_it_is_uneven(save, size, found):
    build = convolve(np.ones((1, 1, 3, 3), np.float32), pad_type="same", strides=[2, 2])
    texts = told(save(build, (1, 1, size, 9)))
    assert bool(texts) == found
    if found:
        assert texts[0].startswith(f"layer: pad_type same at stride 2 and input size {size}")


def test_same_padding_at_stride_one_is_no_hazard(save):
    build = convolve(np.ones((1, 1, 3, 3), np.float32), pad_type="same")
    assert told(save(build, (1, 1, 8, 8))) == []


@pytest.mark.parametrize("value", [7e4, -1e6, np.inf, np.nan])
def test_values_fp16_cannot_hold_are_told(save, value):
    weight = np.ones((1, 1, 3, 3), np.float32)
    weight[0, 0, 0, 0] = value
    (text,) = told(save(convolve(weight), (1, 1, 5, 5)))
    assert "1 of 9 stored values are NaN, infinite or above 65504" in text


def test_subnormal_halves_are_told(save):
    weight = np.ones((1, 1, 3, 3), np.float32)
    weight[0, 0, :, 0] = 1e-5
    texts = told(save(convolve(weight), (1, 1, 5, 5), precision="fp16"))
    assert "3 of 9 fp16 values are subnormal" in texts[0]


def test_a_half_sigmoid_at_an_output_is_told_through_casts(save):
    def build(mb, x):
        return mb.sigmoid(x=x, name="score")

    texts = told(save(build, (4,), precision="fp16"))
    assert "an fp16 sigmoid makes an output" in texts[0]
    assert told(save(build, (4,))) == []

    def inner(mb, x):
        return mb.mul(x=mb.sigmoid(x=x), y=x)

    assert told(save(inner, (4,), precision="fp16")) == []


def test_half_outputs_and_a_version_too_new_for_a11_are_told(save):
    def build(mb, x):
        return mb.relu(x=x, name="out")

    texts = told(save(build, (4,), target="iOS17", dtype="fp16"))
    assert "specification version 8 does not load on A11 phones" in texts[0]
    assert 'output "out" is float16' in texts[1]


def test_same_lower_before_ios_16_is_told(save, edit):
    def lower(model):
        for operation in (
            model.mlProgram.functions["main"].block_specializations["CoreML5"].operations
        ):
            if operation.type == "const":
                tensor = operation.attributes["val"].immediateValue.tensor
                if tensor.WhichOneof("value") == "strings":
                    tensor.strings.values[0] = "same_lower"

    path = save(convolve(np.ones((1, 1, 3, 3), np.float32), pad_type="same"), (1, 1, 8, 8))
    (text,) = told(edit(path, lower))
    assert "pad_type same_lower is not part of iOS 15" in text
