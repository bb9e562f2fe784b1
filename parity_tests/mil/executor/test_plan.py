"""Programs that are wrong in themselves, refused when compiled or at the op that shows it."""

import numpy as np
import pytest

from poseconvert.errors import PackageError
from poseconvert.mil import Executor, read_package


def separable(mb, x):
    x = mb.conv(x=x, weight=np.ones((6, 1, 3, 3), np.float32), groups=6, pad_type="same")
    x = mb.batch_norm(x=x, mean=np.zeros(6, np.float32), variance=np.ones(6, np.float32))
    x = mb.relu6(x=x, name="middle")
    return mb.conv(x=x, weight=np.ones((4, 6, 1, 1), np.float32), pad_type="valid", name="out")


def block_of(model):
    return model.mlProgram.functions["main"].block_specializations["CoreML5"]


def op_of(model, type):
    return next(o for o in block_of(model).operations if o.type == type)


def swap_ends(model):
    operations = block_of(model).operations
    last = operations[-1].__class__()
    last.CopyFrom(operations[-1])
    operations[-1].CopyFrom(operations[0])
    operations[0].CopyFrom(last)


def feed_itself(model):
    operation = op_of(model, "relu6")
    operation.inputs["x"].arguments[0].name = operation.outputs[0].name


def second_argument(model):
    operation = op_of(model, "relu6")
    operation.inputs["x"].arguments.add().name = "x"


def inline_blocks(model):
    op_of(model, "relu6").blocks.add()


def drop_input(model, type, name):
    del op_of(model, type).inputs[name]


MALFORMED = {
    "cycle": (feed_itself, 'value "middle" is used by op "middle" (relu6) before it is defined'),
    "order": (swap_ends, "before it is defined"),
    "twice": (
        lambda m: setattr(op_of(m, "relu6").outputs[0], "name", "x"),
        'value "x" is defined again by op "middle" (relu6)',
    ),
    "undefined output": (
        lambda m: block_of(m).outputs.append("ghost"),
        'value "ghost" is used by the block\'s outputs before it is defined',
    ),
    "lost output": (
        lambda m: setattr(m.description.output[0], "name", "ghost"),
        "outputs ['ghost'] are described, its program gives ['out']",
    ),
    "input name": (
        lambda m: setattr(m.description.input[0], "name", "image"),
        "describes inputs ['image'], its program takes ['x']",
    ),
    "input shape": (
        lambda m: m.description.input[0].type.multiArrayType.shape.append(2),
        'input "x" is described as [1, 6, 9, 9, 2], its program takes fp32[1, 6, 9, 9]',
    ),
    "parameter": (
        lambda m: op_of(m, "relu6").inputs["speed"].arguments.add(name="x"),
        "op \"middle\" (relu6) has unknown inputs ['speed'] and lacks []",
    ),
    "lacking": (
        lambda m: drop_input(m, "batch_norm", "mean"),
        "has unknown inputs [] and lacks ['mean']",
    ),
    "two values": (second_argument, 'op "middle" (relu6) has 2 values for "x"'),
    "blocks": (inline_blocks, 'op "middle" (relu6) has 1 blocks, expected 0'),
    "no outputs": (
        lambda m: op_of(m, "relu6").outputs.pop(),
        'value "middle" is used by op "out" (conv) before it is defined',
    ),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_program_is_refused_when_compiled(save, edit, name):
    change, text = MALFORMED[name]
    package = read_package(edit(save(separable, (1, 6, 9, 9)), change))
    with pytest.raises(PackageError) as refusal:
        Executor(package)
    assert text in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_result_of_another_shape_than_declared_is_refused(save, edit):
    def widen(model):
        op_of(model, "relu6").outputs[0].type.tensorType.dimensions[3].constant.size = 6

    executor = Executor(read_package(edit(save(separable, (1, 6, 9, 9)), widen)))
    with pytest.raises(
        PackageError, match=r'op "middle" \(relu6\): gave shape \[1, 6, 9, 9\], declared'
    ):
        executor.run({"x": np.ones((1, 6, 9, 9), np.float32)})


def test_an_argument_written_in_place_is_read(save, edit):
    def inline(model):
        operation = op_of(model, "conv")
        stored = next(
            o
            for o in block_of(model).operations
            if o.outputs[0].name == operation.inputs["groups"].arguments[0].name
        )
        operation.inputs["groups"].arguments[0].value.CopyFrom(stored.attributes["val"])

    x = np.ones((1, 6, 9, 9), np.float32)
    path = save(separable, x.shape)
    wanted = Executor(read_package(path)).run({"x": x})["out"]
    np.testing.assert_array_equal(
        Executor(read_package(edit(path, inline))).run({"x": x})["out"], wanted
    )
