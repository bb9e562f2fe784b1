"""What left the Neural Engine, by share of multiply-accumulates: exact where ops are named."""

import numpy as np
import pytest

from poseconvert.mil import read_package
from poseconvert.mil.analysis.compute_plan import ComputePlan, PlacedOps, fits, left_by_type

SIDE = 8


def network(mb, x):
    """Three convolutions that cost 1, 2 and 5 parts, and something that costs nothing."""
    for channels, name in ((1, "small"), (2, "middle"), (5, "large")):
        y = mb.conv(x=x, weight=np.ones((channels, 4, 1, 1), np.float32), name=name)
    return mb.relu(x=y, name="end")


@pytest.fixture
def package(save):
    return read_package(save(network, (1, 4, SIDE, SIDE)))


def plan(*ops, on=0):
    away = sum(one.count for one in ops)
    return ComputePlan("a test", "", ops, {"neural engine": on, "cpu": away})


def op(kind, output="", count=1, why=""):
    return PlacedOps(kind, output, count, "cpu", why)


@pytest.mark.parametrize(("name", "share"), [("small", 1 / 8), ("middle", 2 / 8), ("large", 5 / 8)])
def test_a_named_op_has_its_own_share(package, name, share):
    (left,) = left_by_type(plan(op("conv", name)), package)
    assert (left.least, left.most) == (pytest.approx(share), pytest.approx(share))
    assert (left.count, left.of) == (1, 3)


def test_of_a_type_alone_the_share_lies_between_two(package):
    (left,) = left_by_type(plan(op("conv", count=2)), package)
    assert (left.least, left.most) == (pytest.approx(3 / 8), pytest.approx(7 / 8))
    (left,) = left_by_type(plan(op("conv", count=3)), package)
    assert left.least == left.most == pytest.approx(1)


def test_an_op_that_multiplies_nothing_has_no_share(package):
    (left,) = left_by_type(plan(op("relu", "end", why="no such luck")), package)
    assert (left.least, left.most, left.why) == (0, 0, ("no such luck",))


def test_the_costliest_stands_first_and_reasons_once(package):
    ops = op("relu", "end"), op("conv", "small", why="a"), op("conv", "large", why="a")
    found = left_by_type(plan(*ops), package)
    assert [(one.op, one.count, one.why) for one in found] == [
        ("conv", 2, ("a",)), ("relu", 1, ())
    ]  # fmt: skip


def test_what_runs_on_the_neural_engine_did_not_leave(package):
    engine = PlacedOps("conv", "large", 1, "neural engine")
    nowhere = PlacedOps("relu", "end", 1, "unknown")
    assert left_by_type(ComputePlan("", "", (engine, nowhere), {}), package) == ()


@pytest.mark.parametrize(
    ("ops", "why"),
    [
        ([op("conv", "small"), op("conv", "renamed", 9)], ""),
        ([op("conv", count=3)], ""),
        ([op("conv", "renamed"), op("relu", "renamed_too")], ""),  # Core ML may rename
        ([op("cast", count=40)], ""),  # and add casts of its own
        ([op("identity", "added"), op("relu", "end_1")], ""),
        ([op("conv", "other", 4), op("relu")], "it has 4 conv, the package 3"),
        ([op("lstm", count=9)], "it has 9 lstm, the package 0"),
        ([], ""),
    ],
)
def test_a_plan_is_one_of_another_network_only_where_that_is_certain(package, ops, why):
    assert fits(plan(*ops), package) == why


def test_shapes_that_are_not_fixed_have_no_share(save):
    from dataclasses import replace

    from poseconvert.mil.package.program import TensorType

    found = read_package(save(network, (1, 4, SIDE, SIDE)))
    main = found.program.main
    operations = tuple(
        replace(
            o, outputs=tuple((n, TensorType(d.dtype, (None, *d.shape[1:]))) for n, d in o.outputs)
        )
        if o.type == "conv"
        else o
        for o in main.block.operations
    )
    block = replace(main.block, operations=operations)
    functions = {"main": replace(main, block=block)}
    open_ended = replace(found, program=replace(found.program, functions=functions))
    (left,) = left_by_type(plan(op("conv", "small")), open_ended)
    assert (left.least, left.most) == (None, None)
