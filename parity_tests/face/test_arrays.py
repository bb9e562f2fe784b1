"""compare and decode: arrays in, a verdict or joints out."""

import numpy as np
import pytest

import poseconvert
from poseconvert.decoding import DecodeSpec, specs

SIZE = (256, 192)


def heatmaps(*, people=2, peak=(20, 10)):
    """Return 17 maps of stride 4, each with one peak at ``peak`` as row, column."""
    maps = np.random.default_rng(1).uniform(0, 0.1, (people, 17, 64, 48)).astype(np.float32)
    maps[..., peak[0], peak[1]] = 1
    return maps


def test_equal_arrays_are_held():
    maps = heatmaps()
    found = poseconvert.compare(maps, maps.copy())
    assert found.verdict == "held"
    assert found.held
    assert found.comparisons[0].inputs == ("input 1", "input 2")


MUST_FAIL = {
    "a value too far": lambda maps: {"a": maps + np.eye(64, 48, dtype=np.float32) * 1e-3},
    "a missing output": lambda maps: {"b": maps},
    "an output more": lambda maps: {"a": maps, "b": maps},
    "another shape": lambda maps: {"a": maps[..., :-1]},
    "fewer inputs": lambda maps: {"a": maps[:1]},
    "NaN on one side": lambda maps: {"a": np.where(maps == 1, np.nan, maps)},
}


@pytest.mark.parametrize("fault", MUST_FAIL)
def test_a_fault_is_never_held(fault):
    maps = heatmaps()
    found = poseconvert.compare({"a": maps}, MUST_FAIL[fault](maps))
    assert found.verdict == "broken"
    assert found.comparisons[0].reasons


def test_an_empty_array_is_never_held():
    empty = np.empty((2, 0), np.float32)
    assert not poseconvert.compare(empty, empty).held


def test_a_reference_that_answers_everything_alike_establishes_nothing():
    same = np.ones((3, 4), np.float32)
    found = poseconvert.compare(same, same)
    assert found.verdict == "not run"
    assert "no output depends on the input" in found.comparisons[0].reasons[0]


def test_each_candidate_is_judged_by_itself():
    maps = heatmaps()
    found = poseconvert.compare(maps, maps, -maps)
    assert [(str(c.candidate), c.parity.value) for c in found.comparisons] == [
        ("candidate 1", "held"),
        ("candidate 2", "broken"),
    ]
    assert found.verdict == "broken"


def test_float16_is_allowed_what_float16_needs_and_no_other_candidate_is():
    maps = heatmaps()
    half = maps.astype(np.float16)
    found = poseconvert.compare(maps, half, half.astype(np.float32))
    assert [c.parity.value for c in found.comparisons] == ["held", "broken"]
    assert poseconvert.compare(maps, half.astype(np.float32), tolerance="fp16").held


def test_a_tolerance_of_ones_own_is_what_is_allowed():
    maps = heatmaps()
    moved = maps + np.float32(1e-2)
    assert not poseconvert.compare(maps, moved).held
    wide = poseconvert.Tolerance(0.1, None, 0.5, "a test")
    assert poseconvert.compare(maps, moved, tolerance=wide).held


def test_joints_are_compared_with_a_decoder():
    maps, other = heatmaps(), heatmaps(peak=(20, 11))
    loose = poseconvert.Tolerance(2.0, None, 0.5, "tensors may differ, joints may not")
    blind = poseconvert.compare(maps, other, tolerance=loose)
    assert blind.verdict == "not run"
    assert "too blind: scaled channel" in blind.comparisons[0].reasons[0]
    found = poseconvert.compare(
        maps, other, tolerance=loose, decode="simple_baselines", input_size=SIZE
    )
    assert found.verdict == "broken"
    assert "flipped" in found.comparisons[0].reasons[0]


def test_a_candidate_that_cannot_be_decoded_did_not_run():
    maps = heatmaps()
    found = poseconvert.compare(
        {"heatmap": maps}, {"other": maps}, decode="simple_baselines", input_size=SIZE
    )
    assert found.verdict == "not run"


def test_tensors_of_torch_are_arrays():
    torch = pytest.importorskip("torch")
    maps = torch.from_numpy(heatmaps()).requires_grad_()
    assert poseconvert.compare(maps, maps.detach().numpy()).held


def test_decode_finds_the_peak_in_input_pixels():
    """The oracle: a cell of stride 4 lies at four times its column and row."""
    found = poseconvert.decode(heatmaps(peak=(20, 10)), "simple_baselines", input_size=SIZE)
    assert found.pose.position.shape == (2, 17, 2)
    assert np.abs(found.pose.position - np.array([40, 80])).max() <= 4
    assert found.pose.visible.all()


def test_decode_takes_a_spec_a_list_and_a_file_alike(tmp_path):
    import json

    maps = heatmaps()
    (spec,) = specs("simple_baselines", input_size=SIZE, shapes={"heatmap": maps.shape})
    assert isinstance(spec, DecodeSpec)
    (tmp_path / "specs.json").write_text(json.dumps([spec.to_dict()]))
    preset = poseconvert.decode(maps, "simple_baselines", input_size=SIZE)
    for decoder in (spec, [spec], tmp_path / "specs.json", str(tmp_path / "specs.json")):
        found = poseconvert.decode(maps, decoder)
        assert np.array_equal(found.pose.position, preset.pose.position)


def test_two_heads_are_two_poses():
    shapes = {"heatmap2d": 1, "offset2d": 2, "heatmap3d": 4, "offset3d": 12}
    outputs = {n: np.ones((1, 24 * k, 14, 14), np.float32) / 2 for n, k in shapes.items()}
    found = poseconvert.decode(outputs, "dual_head_224", input_size=224)
    assert [pose.position.shape for pose in found] == [(1, 24, 2), (1, 24, 3)]
    assert len(found) == 2
    assert found[1].position.shape == (1, 24, 3)
    with pytest.raises(poseconvert.UsageError, match=r"2 heads where \.pose is the only one"):
        found.pose  # noqa: B018


REFUSED = {
    "no candidate": (poseconvert.compare, "compare: no candidate. Give one"),
    "a tolerance": (
        lambda m: poseconvert.compare(m, m, tolerance="fp8"),
        "tolerance 'fp8': not known. Use onnx_from_torch, .*, fp32, fp16, compressed",
    ),
    "words": (lambda m: poseconvert.compare(m, "maps"), "candidate 1, output: .* real numbers"),
    "a number": (lambda m: poseconvert.compare(1.0, m), "reference, output: float64 \\(\\)"),
    "complex": (lambda m: poseconvert.compare(m, m + 1j), "candidate 1, output: complex64"),
    "no arrays": (lambda m: poseconvert.compare({}, m), "reference: no arrays"),
    "other N": (
        lambda m: poseconvert.compare({"a": m, "b": m[:1]}, m),
        "outputs of other N \\(a 2, b 1\\)",
    ),
    "ragged": (lambda m: poseconvert.compare([[1], [1, 2]], m), "is not an array of numbers"),
    "no size": (lambda m: poseconvert.decode(m, "posenet"), "Give input_size, such as 257"),
    "a size": (
        lambda m: poseconvert.decode(m, "simple_baselines", input_size=(256, 0)),
        "input_size \\(256, 0\\): give a side",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_misuse_is_one_line_that_says_what_to_do(name):
    call, said = REFUSED[name]
    with pytest.raises(poseconvert.UsageError, match=said) as error:
        call(heatmaps())
    assert "\n" not in str(error.value)


def test_a_preset_that_does_not_exist_names_those_that_do():
    with pytest.raises(
        poseconvert.DecodeError, match=r"nope: neither a preset nor a file. Use dual_head"
    ):
        poseconvert.decode(heatmaps(), "nope")
