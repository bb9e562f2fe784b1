"""Einsum as matrix products gives what numpy gives, or stays."""

import numpy as np
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper

from poseconvert.graph.decompose import plain
from poseconvert.graph.einsum import einsum_nodes

SIZES = {"a": 2, "b": 3, "c": 4, "d": 5, "e": 1}


def model(equation, shapes):
    names = [f"x{index}" for index in range(len(shapes))]
    node = helper.make_node("Einsum", names, ["y"], equation=equation)
    graph = helper.make_graph(
        [node],
        "g",
        [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
            for name, shape in zip(names, shapes, strict=True)
        ],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def same(equation, arrays):
    made = plain(model(equation, [list(one.shape) for one in arrays]))
    kinds = {node.op_type for node in made.graph.node}
    feeds = {f"x{index}": one for index, one in enumerate(arrays)}
    (found,) = onnxruntime.InferenceSession(made.SerializeToString()).run(None, feeds)
    expected = np.einsum(equation, *arrays)
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)
    return kinds


def drawn(shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


@pytest.mark.parametrize(
    ("equation", "shapes"),
    [
        ("bhqd,bhkd->bhqk", [(2, 3, 4, 5), (2, 3, 6, 5)]),
        ("bhqk,bhkd->bhqd", [(2, 3, 4, 6), (2, 3, 6, 5)]),
        ("nkctv,kvw->nctw", [(1, 3, 4, 5, 6), (3, 6, 6)]),
        ("bchw,bnc->bnhw", [(1, 4, 5, 6), (1, 7, 4)]),
        ("bchq,bkhc->bkhq", [(1, 4, 2, 6), (1, 5, 2, 4)]),
        ("i,j->ij", [(3,), (4,)]),
        ("i,i->", [(5,), (5,)]),
        ("ij->ji", [(3, 4)]),
        ("ij->", [(3, 4)]),
        ("ij->ij", [(3, 4)]),
        ("ij,jk", [(3, 4), (4, 5)]),
        ("ij,jk,kl->il", [(2, 3), (3, 4), (4, 5)]),
        ("...ij,...jk->...ik", [(2, 3, 4), (2, 4, 5)]),
        ("...ij,jk->...ik", [(2, 3, 4), (4, 5)]),
        ("bi,bi->b", [(3, 4), (3, 4)]),
        (" bi , bo -> io ", [(3, 4), (3, 5)]),
    ],
)
def test_equations_people_write(equation, shapes):
    kinds = same(equation, [drawn(shape, seed) for seed, shape in enumerate(shapes)])
    assert "Einsum" not in kinds


@settings(deadline=None)
@given(st.data())
def test_any_equation_of_two_is_numpys(data):
    labels = st.lists(st.sampled_from(sorted(SIZES)), min_size=1, max_size=4, unique=True)
    one, other = "".join(data.draw(labels)), "".join(data.draw(labels))
    known = sorted(set(one + other))
    result = "".join(
        data.draw(st.permutations(data.draw(st.lists(st.sampled_from(known), unique=True))))
    )
    arrays = [drawn([SIZES[label] for label in labels]) for labels in (one, other)]
    assert "Einsum" not in same(f"{one},{other}->{result}", arrays)


@pytest.mark.parametrize(
    ("equation", "shapes", "opset"),
    [
        ("ii->i", [(3, 3)], 17),  # a diagonal
        ("ij,jk->ik", [(3, 1), (4, 5)], 17),  # 1 stands for 4
        ("ij,jk->ik", [(3, 4), None], 17),
        ("ij,jk->ik", [(3, 4), (4, 5)], 12),
        ("ij,jk->iz", [(3, 4), (4, 5)], 17),
        ("ij,jk->ik", [(3, 4, 5), (4, 5)], 17),
    ],
)
def test_what_needs_another_form_stays(equation, shapes, opset):
    node = helper.make_node("Einsum", ["x0", "x1"][: len(shapes)], ["y"], equation=equation)
    assert einsum_nodes(node, shapes, opset) is None
