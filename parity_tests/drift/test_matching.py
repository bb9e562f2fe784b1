"""Values of two graphs: matched by name, structure or content, never by order alone."""

import numpy as np
import pytest

from poseconvert.drift import Match, Value, fingerprint, match_values
from poseconvert.drift.matching import agrees, bare

SHAPE = (1, 8, 6, 6)
GENERATOR = np.random.default_rng(3)
VALUES = {name: GENERATOR.normal(size=SHAPE).astype(np.float32) for name in "abcdef"}


def conv(name, *reads, type="Conv", shape=SHAPE):
    return Value(name, type, reads, shape)


def matched(reference, candidate, *, hold=None, outputs=(), names_bind=False):
    """``hold``: what candidate values hold, by the letter of VALUES."""
    hold = hold or {}
    asked = []

    def fingerprints():
        asked.append(1)
        return (
            {
                value.name: fingerprint(VALUES[value.name])
                for value in reference
                if value.name in VALUES
            },
            {name: fingerprint(VALUES[letter]) for name, letter in hold.items()},
        )

    found = match_values(
        reference, candidate, outputs=outputs, names_bind=names_bind, fingerprints=fingerprints
    )
    return found, len(asked)


IMAGE = Value("image", shape=(1, 3, 6, 6))


@pytest.mark.parametrize(
    ("name", "expected"),
    [("getitem_3_cast_fp16", "getitem_3"), ("image_to_fp16", "image"), ("blocks.0/x", "blocks_0_x"),
     ("x_cast_fp32", "x"), ("fp16", "fp16")],
)  # fmt: skip
def test_names_are_read_as_converters_write_them(name, expected):
    assert bare(name) == expected


def test_a_name_of_the_same_kind_of_op_binds_without_a_look_at_what_it_holds():
    reference = [IMAGE, conv("a.x", "image")]
    candidate = [IMAGE, conv("a_x_cast_fp16", "image", type="conv")]
    found, asked = matched(reference, candidate, outputs=("image",))
    assert found["a_x_cast_fp16"] == Match("a.x", "name")
    assert asked == 0


def test_a_name_never_binds_another_shape():
    reference = [IMAGE, conv("a", "image")]
    candidate = [IMAGE, conv("a", "image", shape=(1, 8, 3, 3))]
    found, _ = matched(reference, candidate, names_bind=True)
    assert "a" not in found


def test_a_coincidence_of_names_does_not_bind_another_kind_of_op():
    reference = [IMAGE, conv("a", "image")]
    other = conv("a", "image", type="relu")
    assert "a" not in matched(reference, [IMAGE, other], hold={"a": "b"})[0]
    assert matched(reference, [IMAGE, other], hold={"a": "a"})[0]["a"].how == "name"
    assert (
        matched(reference, [IMAGE, other], hold={"a": "b"}, names_bind=True)[0]["a"].how == "name"
    )


def test_structure_follows_what_is_read_not_the_order():
    """Two chains that the candidate computes in the other order."""
    reference = [
        IMAGE, conv("a", "image"), conv("b", "image", type="Relu"), conv("c", "a", type="Tanh"),
        conv("d", "b", type="Tanh"),
    ]  # fmt: skip
    candidate = [
        IMAGE, conv("q", "image", type="relu"), conv("p", "image", type="conv"),
        conv("s", "q", type="tanh"), conv("r", "p", type="tanh"),
    ]  # fmt: skip
    found, asked = matched(reference, candidate, outputs=("image",))
    assert {name: match.reference for name, match in found.items()} == {
        "image": "image", "q": "b", "p": "a", "s": "d", "r": "c",
    }  # fmt: skip
    assert {match.how for name, match in found.items() if name != "image"} == {"structure"}
    assert asked == 0


def test_twins_are_told_apart_by_what_they_hold():
    reference = [IMAGE, conv("a", "image"), conv("b", "image")]
    candidate = [IMAGE, conv("p", "image"), conv("q", "image")]
    found, _ = matched(reference, candidate, hold={"p": "b", "q": "a"}, outputs=("image",))
    assert found["p"] == Match("b", "value")
    assert found["q"].reference == "a"


def test_twins_that_hold_something_else_stay_unmatched():
    reference = [IMAGE, conv("a", "image"), conv("b", "image")]
    candidate = [IMAGE, conv("p", "image"), conv("q", "image")]
    found, _ = matched(reference, candidate, hold={"p": "c", "q": "d"}, outputs=("image",))
    assert set(found) == {"image"}


def test_twins_that_hold_alike_stay_unmatched():
    """Whichever came first: order alone tells nothing."""
    reference = [IMAGE, conv("a", "image"), conv("b", "image")]
    candidate = [IMAGE, conv("p", "image"), conv("q", "image")]
    found = match_values(
        reference,
        candidate,
        outputs=("image",),
        names_bind=False,
        fingerprints=lambda: (
            dict.fromkeys("ab", fingerprint(VALUES["a"])),
            dict.fromkeys("pq", fingerprint(VALUES["a"])),
        ),
    )
    assert set(found) == {"image"}


def test_casts_hand_on_the_value_they_read():
    reference = [IMAGE, conv("a", "image")]
    candidate = [
        IMAGE, conv("image_to_fp16", "image", type="cast", shape=IMAGE.shape),
        conv("z", "image_to_fp16", type="conv"), conv("y", "z", type="cast"),
    ]  # fmt: skip
    found, _ = matched(reference, candidate, outputs=("image",))
    assert found["image_to_fp16"].reference == "image"
    assert found["y"].reference == found["z"].reference == "a"


def test_an_output_that_is_a_cast_leaves_its_value_to_the_op_that_made_it():
    reference = [IMAGE, conv("heat", "image")]
    candidate = [IMAGE, conv("var_7", "image", type="conv"), conv("heat", "var_7", type="cast")]
    found, _ = matched(reference, candidate, outputs=("image", "heat"))
    assert found["heat"] == Match("heat", "name")
    assert found["var_7"] == Match("heat", "structure")


def test_swapped_outputs_keep_their_names_and_so_differ():
    """Two heads of one shape: the names are the contract, whatever the casts read."""
    reference = [IMAGE, conv("a", "image"), conv("b", "image")]
    candidate = [
        IMAGE, conv("p", "image"), conv("q", "image"), conv("b", "p", type="cast"),
        conv("a", "q", type="cast"),
    ]  # fmt: skip
    found, _ = matched(reference, candidate, hold={"p": "a", "q": "b"}, outputs=("image", "a", "b"))
    assert {name: found[name].reference for name in "abpq"} == {
        "a": "a",
        "b": "b",
        "p": "a",
        "q": "b",
    }


def test_what_holds_the_same_is_matched_across_ops_that_were_fused():
    reference = [IMAGE, conv("a", "image"), conv("b", "a", type="BatchNormalization")]
    candidate = [IMAGE, conv("fused", "image", type="matmul")]
    found, _ = matched(reference, candidate, hold={"fused": "b"}, outputs=("image",))
    assert found["fused"] == Match("b", "value")


def test_two_different_values_of_one_shape_are_not_matched_by_value():
    reference = [IMAGE, conv("a", "image", type="Foo"), conv("b", "image", type="Foo")]
    candidate = [IMAGE, conv("p", "image", type="bar")]
    found, _ = matched(reference, candidate, hold={"p": "c"}, outputs=("image",))
    assert "p" not in found


def test_what_two_values_hold_alike_is_ambiguous_and_unmatched():
    reference = [IMAGE, conv("a", "image", type="Foo"), conv("b", "image", type="Goo")]
    candidate = [IMAGE, conv("p", "image", type="bar"), conv("q", "image", type="baz")]
    found, _ = matched(reference, candidate, hold={"p": "a", "q": "a"}, outputs=("image",))
    assert set(found) == {"image"}


def test_float16_does_not_change_a_fingerprint_and_any_other_order_does():
    for values in VALUES.values():
        one = fingerprint(values)
        assert agrees(one, fingerprint(values.astype(np.float16)))
        assert not agrees(one, fingerprint(values[:, ::-1]))
        assert not agrees(one, fingerprint(values[..., ::-1]))
        assert not agrees(one, fingerprint(-values))
        shuffled = np.random.default_rng(1).permutation(values.ravel()).reshape(SHAPE)
        assert not agrees(one, fingerprint(shuffled))


def test_random_values_of_one_shape_never_agree():
    prints = [fingerprint(np.maximum(GENERATOR.normal(size=SHAPE), 0)) for _ in range(150)]
    alike = [(i, j) for i in range(150) for j in range(i) if agrees(prints[i], prints[j])]
    assert not alike


@pytest.mark.parametrize(
    "values", [np.zeros(SHAPE), np.full(SHAPE, 6.0), np.array(3.0), np.full(SHAPE, np.nan)]
)
def test_what_says_nothing_has_no_fingerprint_and_agrees_with_nothing(values):
    assert fingerprint(values) is None
    assert not agrees(fingerprint(values), fingerprint(values))
