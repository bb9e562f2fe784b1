"""Nested blocks and lists, against plain Python that does the same."""

from dataclasses import replace

import numpy as np
import pytest

from poseconvert.budgets import LOOP_TURNS
from poseconvert.errors import PackageError
from poseconvert.mil import Executor, read_package
from poseconvert.mil.ops.control_flow import while_loop
from poseconvert.mil.ops.control_flow.tensor_list import TensorList


def executor(path, precision="fp32"):
    return Executor(read_package(path), precision=precision)


@pytest.fixture
def branches(save):
    """x * 3 where its sum is positive, else x - 1; the bias lies outside both blocks."""

    def build(mb, x):
        bias = mb.mul(x=x, y=2.0, name="twice")
        positive = mb.greater(x=mb.reduce_sum(x=x, keep_dims=False), y=0.0)
        return mb.cond(
            pred=positive,
            _true_fn=lambda: mb.add(x=x, y=bias, name="tripled"),
            _false_fn=lambda: mb.sub(x=x, y=1.0, name="lowered"),
            name="chosen",
        )

    return save(build, (4,))


@pytest.mark.parametrize("sign", [1, -1])
def test_only_the_chosen_branch_counts(branches, sign):
    x = np.array([1, 2, 3, 4], np.float32) * sign
    (got,) = executor(branches).run({"x": x}).values()
    np.testing.assert_array_equal(got, x * 3 if sign > 0 else x - 1)


def test_values_inside_blocks_can_be_kept_and_streamed(branches):
    x = np.array([1, 2, 3, 4], np.float32)
    run = executor(branches)
    kept = run.run({"x": x}, keep=["tripled", "twice"])
    np.testing.assert_array_equal(kept["tripled"], x * 3)
    streamed = [operation.name for operation, _ in run.values({"x": x})]
    assert streamed.index("tripled") < streamed.index("chosen")
    assert "lowered" not in streamed


@pytest.fixture
def countdown(save):
    """Doubles x while it has turns left; every turn also counts."""

    def build(mb, x):
        return mb.while_loop(
            _cond=lambda value, turns: mb.less(x=turns, y=5.0),
            _body=lambda value, turns: (
                mb.add(x=value, y=mb.mul(x=x, y=1.0)),
                mb.add(x=turns, y=1.0),
            ),
            loop_vars=(x, mb.reduce_sum(x=mb.mul(x=x, y=0.0), keep_dims=False)),
        )[0]

    return save(build, (3,))


def test_a_loop_runs_as_often_as_its_condition_says(countdown):
    x = np.array([1, 2, 3], np.float32)
    (got,) = executor(countdown).run({"x": x}).values()
    np.testing.assert_array_equal(got, x * 6)


def test_an_endless_loop_is_refused(countdown, monkeypatch):
    monkeypatch.setattr(while_loop, "LOOP_TURNS", replace(LOOP_TURNS, value=4))
    with pytest.raises(PackageError, match="the loop does not end within 4 turns"):
        executor(countdown).run({"x": np.ones(3, np.float32)})


def test_lists_are_written_read_scattered_and_gathered(save):
    def build(mb, x):
        made = mb.make_list(init_length=2, dynamic_length=True, elem_shape=(2,), dtype="fp32")
        rows = mb.split(x=x, num_splits=3, axis=0)
        flat = [mb.reshape(x=row, shape=[2]) for row in rows]
        made = mb.list_write(ls=made, index=1, value=flat[0])
        made = mb.list_write(ls=made, index=3, value=flat[1])
        made = mb.list_scatter(ls=made, indices=[0, 4], value=mb.concat(values=rows[1:], axis=0))
        gathered = mb.list_gather(ls=made, indices=[4, 1, 2, 3])
        length = mb.cast(x=mb.list_length(ls=made), dtype="fp32")
        return mb.add(x=mb.add(x=gathered, y=length), y=mb.list_read(ls=made, index=0))

    x = np.arange(6, dtype=np.float32).reshape(3, 2)
    (got,) = executor(save(build, (3, 2))).run({"x": x}).values()
    expected = np.stack([x[2], x[0], np.zeros(2), x[1]]) + 5 + x[1]
    np.testing.assert_array_equal(got, expected)


def test_a_list_refuses_what_does_not_fit():
    fixed = TensorList((None, None), None, dynamic=False)
    with pytest.raises(IndexError, match=r"indices \[2\] do not fit a list of 2"):
        fixed.written([2], [np.zeros(1)])
    with pytest.raises(IndexError, match="was never written"):
        fixed.read(0)
    grown = TensorList((), None, dynamic=True)
    with pytest.raises(IndexError, match="do not fit"):
        grown.written([-1], [np.zeros(1)])
    with pytest.raises(IndexError, match="do not fit"):
        grown.written([2**30], [np.zeros(1)])


def test_a_classifier_gives_its_label_and_every_probability(coreml, save, tmp_path):
    ct, mb = coreml.ct, coreml.mb

    @mb.program(input_specs=[mb.TensorSpec(shape=(1, 3))], opset_version=ct.target.iOS15)
    def program(x):
        return mb.softmax(x=x, axis=1, name="probabilities")

    model = ct.convert(
        program,
        convert_to="mlprogram",
        classifier_config=ct.ClassifierConfig(["hand", "foot", "nose"]),
        compute_precision=ct.precision.FLOAT32,
        skip_model_load=True,
    )
    model.save(str(tmp_path / "classifier.mlpackage"))
    x = np.log(np.array([[1, 2, 7]], np.float32))
    outputs = executor(tmp_path / "classifier.mlpackage").run({"x": x})
    assert outputs["classLabel"] == "nose"
    probabilities = next(value for value in outputs.values() if isinstance(value, dict))
    assert probabilities == pytest.approx({"hand": 0.1, "foot": 0.2, "nose": 0.7}, rel=1e-6)


def test_a_value_of_a_branch_does_not_leave_it(branches, edit):
    def leak(model):
        main = model.mlProgram.functions["main"]
        block = main.block_specializations[main.opset]
        block.outputs[0] = "tripled"
        model.description.output[0].name = "tripled"

    with pytest.raises(PackageError, match='"tripled" is used by the block\'s outputs before'):
        executor(edit(branches, leak))


def test_control_flow_without_its_blocks_is_refused(branches, edit):
    def empty(model):
        main = model.mlProgram.functions["main"]
        for operation in main.block_specializations[main.opset].operations:
            del operation.blocks[1:]

    with pytest.raises(PackageError, match="has 1 blocks, expected 2"):
        executor(edit(branches, empty))


def test_a_block_inside_a_block_reads_a_value_from_around_both(save):
    """The value is freed only when the outer block has run."""

    def build(mb, x):
        twice = mb.mul(x=x, y=2.0)
        total = mb.reduce_sum(x=x, keep_dims=False)

        def inner():
            return mb.cond(
                pred=mb.greater(x=total, y=0.0),
                _true_fn=lambda: mb.add(x=twice, y=1.0),
                _false_fn=lambda: mb.relu(x=twice),
            )

        return mb.cond(
            pred=mb.less(x=total, y=100.0), _true_fn=inner, _false_fn=lambda: mb.identity(x=x)
        )

    x = np.array([1, 2, 3], np.float32)
    (got,) = executor(save(build, (3,))).run({"x": x}).values()
    np.testing.assert_array_equal(got, x * 2 + 1)
