"""Outputs are paired by name, then by shape, then by value; else the user is asked."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from poseconvert.errors import ConversionError
from poseconvert.imaging.wanted import wanted_tensor
from poseconvert.pipeline.pair.matching import matched_inputs, matched_outputs

WHO = ("a.onnx", "b.onnx")


def outputs(rng, shapes):
    return {name: rng.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}


def paired(reference, candidate, **said):
    return {one.reference: one for one in matched_outputs(reference, candidate, said=said, who=WHO)}


@given(st.integers(0, 2**16), st.permutations(range(4)), st.booleans(), st.floats(0, 1e-3))
def test_outputs_of_one_shape_under_other_names_are_found_by_value(seed, order, last, noise):
    rng = np.random.default_rng(seed)
    reference = outputs(rng, dict.fromkeys("abcd", (2, 3, 4, 5)))
    candidate = {}
    for place, index in enumerate(order):
        values = reference["abcd"[index]] + rng.normal(size=(2, 3, 4, 5)) * noise
        candidate[f"v{place}"] = np.moveaxis(values, 1, -1) if last else values
    found = paired(reference, candidate)
    assert {name: pair.candidate for name, pair in found.items()} == {
        "abcd"[index]: f"v{place}" for place, index in enumerate(order)
    }
    assert {pair.by for pair in found.values()} == {"value"}
    for name, pair in found.items():
        drift = pair.read(candidate[pair.candidate]) - reference[name]
        assert np.abs(drift).max() < 1e-2


def test_a_name_stands_above_a_value_so_that_exchanged_outputs_are_a_fault():
    reference = outputs(np.random.default_rng(0), {"a": (1, 3), "b": (1, 3)})
    exchanged = {"a": reference["b"], "b": reference["a"]}
    assert {n: p.candidate for n, p in paired(reference, exchanged).items()} == {"a": "a", "b": "b"}


def test_values_that_do_not_say_are_asked_for_with_the_flag_that_decides():
    rng = np.random.default_rng(0)
    reference, candidate = (outputs(rng, {one: (1, 3), two: (1, 3)}) for one, two in ("ab", "xy"))
    with pytest.raises(ConversionError, match=r"Say which: --match a=x") as caught:
        paired(reference, candidate)
    assert "\n" not in str(caught.value)
    said = paired(reference, candidate, a="y", b="x")
    assert [(pair.candidate, pair.by) for pair in said.values()] == [
        ("y", "--match"), ("x", "--match")
    ]  # fmt: skip


def test_an_output_without_counterpart_has_no_pairing_and_none_at_all_is_refused():
    rng = np.random.default_rng(0)
    reference = outputs(rng, {"a": (1, 3), "b": (1, 4)})
    assert paired(reference, {"a": reference["a"]}).keys() == {"a"}
    with pytest.raises(ConversionError, match="no output has a counterpart"):
        paired(reference, outputs(rng, {"c": (1, 9)}))


def test_a_match_that_does_not_fit_is_refused():
    reference = outputs(np.random.default_rng(0), {"a": (1, 3)})
    with pytest.raises(ConversionError, match=r"--match a=z: it has no output z"):
        paired(reference, {"b": reference["a"]}, a="z")


def inputs(**shapes):
    return [wanted_tensor(name, shape) for name, shape in shapes.items()]


def test_inputs_are_paired_by_name_then_by_shape_whatever_their_layout():
    first = inputs(image=(1, 3, 8, 6), depth=(1, 1, 8, 6))
    last = inputs(x=(1, 8, 6, 3), depth=(1, 1, 8, 6))
    found = matched_inputs(first, last, said={}, who=WHO)
    assert found == {"x": "image", "depth": "depth"}


@pytest.mark.parametrize(
    ("candidate", "why"),
    [
        ({"x": (1, 3, 9, 6)}, "has no input like"),
        ({"x": (1, 3, 8, 6), "y": (1, 3, 8, 6)}, "Say which: --match image=x"),
        ({"image": (1, 3, 8, 6), "y": (1, 2)}, "takes y too"),
    ],
)
def test_inputs_that_do_not_fit_are_one_line(candidate, why):
    with pytest.raises(ConversionError, match=why) as caught:
        matched_inputs(inputs(image=(1, 3, 8, 6)), inputs(**candidate), said={}, who=WHO)
    assert "\n" not in str(caught.value)
