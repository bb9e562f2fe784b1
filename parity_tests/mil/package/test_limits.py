"""What a package may ask for is bounded before any of it is made; three packages of each kind."""

from dataclasses import replace

import numpy as np
import pytest

from poseconvert import budgets
from poseconvert.errors import PackageError
from poseconvert.mil import Executor, read_package
from poseconvert.mil.ops.control_flow import while_loop

MODEL = "Data/com.apple.CoreML/model.mlmodel"


def lowered(monkeypatch, module, name, value):
    monkeypatch.setattr(module, name, replace(budgets.table()[name], value=value))


@pytest.mark.parametrize(
    "content",
    [
        b'{"a": "' + b"x" * 2**20 + b'"}',
        b" " * (2**20 + 1),
        b"[" + b"0," * 2**19 + b"0]",
    ],
)
def test_a_long_manifest_is_refused(package, refusal, content):
    (package / "Manifest.json").write_bytes(content)
    assert "Manifest.json is longer than 1,048,576 bytes" in refusal(package)


@pytest.mark.parametrize(
    "content",
    [
        "[" * 33 + "]" * 33,
        '{"a":' * 500 + "0" + "}" * 500,
        '{"rootModelIdentifier": ' + "[{" * 100_000,
    ],
)
def test_a_deep_manifest_is_refused(package, refusal, content):
    (package / "Manifest.json").write_text(content.replace("[{", '[{"a":'))
    assert "Manifest.json is nested deeper than 32 levels" in refusal(package)


def test_brackets_in_a_manifests_texts_are_no_depth(package):
    file = package / "Manifest.json"
    file.write_text(file.read_text().replace("{", '{"note": "[[[' + "[" * 99 + '\\"[", ', 1))
    read_package(package)


@pytest.mark.parametrize("size", [2**28 + 1, 2**31, 2**40])
def test_a_long_model_file_is_refused(package, refusal, size):
    with (package / MODEL).open("r+b") as file:
        file.truncate(size)  # sparse: nothing is written
    assert "model.mlmodel is longer than 268,435,456 bytes" in refusal(package)


def main_block(model):
    main = model.mlProgram.functions["main"]
    return main.block_specializations[main.opset]


@pytest.fixture
def branching(save):
    """A branch, and a copy of its op is what tests nest and repeat."""

    def build(mb, x):
        positive = mb.greater(x=mb.reduce_sum(x=x, keep_dims=False), y=0.0)
        return mb.cond(
            pred=positive,
            _true_fn=lambda: mb.add(x=x, y=x, name="more"),
            _false_fn=lambda: mb.sub(x=x, y=1.0, name="less"),
        )

    return save(build, (4,))


def many(model):
    operations = main_block(model).operations
    operations.extend([operations[0]] * 2**17)


def many_nested(model):
    operations = main_block(model).operations[-1].blocks[1].operations
    operations.extend([operations[0]] * 2**17)


def many_in_all(model):
    """2 ** 9 branches of 2 ** 8 ops."""
    block = main_block(model)
    inner = block.operations[-1].blocks[0].operations
    inner.extend([inner[0]] * 2**8)
    block.operations.extend([block.operations[-1]] * 2**9)


@pytest.mark.parametrize("change", [many, many_nested, many_in_all])
def test_too_many_ops_are_refused(branching, edit, refusal, change):
    assert "more than 131,072 ops" in refusal(edit(branching, change))


@pytest.mark.parametrize("depth", [17, 20, 30])
def test_deep_blocks_are_refused(branching, edit, refusal, depth):
    def nest(model):
        operation = branch = main_block(model).operations[-1]
        for _ in range(depth):
            deeper = type(branch)()
            deeper.CopyFrom(branch)
            deeper.blocks[0].operations.append(operation)
            operation = deeper
        main_block(model).operations[-1].CopyFrom(operation)

    assert "more than 16 levels of nested blocks" in refusal(edit(branching, nest))


@pytest.mark.parametrize("count", [257, 300, 1000])
def test_too_many_functions_are_refused(package, edit, refusal, count):
    def multiply(model):
        for index in range(count):
            model.mlProgram.functions[f"f{index}"].CopyFrom(model.mlProgram.functions["main"])

    assert f"{count + 1} functions, at most 256" in refusal(edit(package, multiply))


def declared(*sizes):
    """Declare another shape of the output; None is a size known only at run time."""

    def change(model):
        tensor = main_block(model).operations[-1].outputs[0].type.tensorType
        del tensor.dimensions[:]
        tensor.rank = len(sizes)
        for size in sizes:
            dimension = tensor.dimensions.add()
            if size is None:
                dimension.unknown.variadic = False
            else:
                dimension.constant.size = size

    return change


@pytest.mark.parametrize(
    ("sizes", "text"),
    [
        ((2**40, 3, 8, 8), "above 268,435,456 elements"),
        ((2**14, 2**14, 2), "above 268,435,456 elements"),
        ((None, 2**29), "above 268,435,456 elements"),
        ((0, 2**40), "above 268,435,456 elements"),
        ((1,) * 17, "has 17 dimensions, at most 16 dimensions"),
        ((1,) * 65, "has 65 dimensions"),
        ((None,) * 1000, "has 1000 dimensions"),
    ],
)
def test_a_value_too_large_is_refused(package, edit, refusal, sizes, text):
    assert text in refusal(edit(package, declared(*sizes)))


def described(change):
    return lambda model: change(model.description.input[0].type)


def of_an_array(*sizes):
    def change(type):
        del type.multiArrayType.shape[:]
        type.multiArrayType.shape.extend(sizes)

    return described(change)


def of_an_image(width, height):
    def change(type):
        type.imageType.width, type.imageType.height = width, height
        type.imageType.colorSpace = 20

    return described(change)


def one_of(*sizes):
    def change(type):
        type.multiArrayType.enumeratedShapes.shapes.add().shape.extend(sizes)

    return described(change)


@pytest.mark.parametrize(
    "change",
    [
        of_an_array(2**40, 3, 8, 8),
        of_an_array(-1, 3, 8, 8),
        of_an_array(*[1] * 17),
        of_an_image(10**6, 10**6),
        of_an_image(2**62, 1),
        of_an_image(-(2**62), 1),
        one_of(2**30),
        one_of(10**9, 3, 8, 8),
        one_of(*[1] * 99),
    ],
)
def test_a_feature_that_nobody_can_feed_is_refused(package, edit, refusal, change):
    assert "at most 268,435,456 elements and 16 dimensions" in refusal(edit(package, change))


@pytest.mark.parametrize("count", [5, 6, 20])
def test_values_that_memory_cannot_hold_together_are_refused(save, edit, count):
    """Every value may be of 1 GiB; all are read by the last op."""

    def build(mb, x):
        return mb.concat(values=[mb.relu(x=x, name=f"r{i}") for i in range(count)], axis=0)

    def widen(model):
        for operation in main_block(model).operations:
            if operation.type == "relu":
                operation.outputs[0].type.tensorType.dimensions[0].constant.size = 2**28

    package = read_package(edit(save(build, (2,)), widen))
    with pytest.raises(PackageError, match=r"a run would hold \d+ bytes of values at one moment"):
        Executor(package)


def test_values_that_die_early_are_not_held_together(save, edit):
    def build(mb, x):
        for index in range(20):
            x = mb.relu(x=x, name=f"r{index}")
        return mb.reduce_sum(x=x, axes=[0])

    def widen(model):
        model.mlProgram.functions["main"].inputs[0].type.tensorType.dimensions[0].constant.size = (
            2**28
        )
        del model.description.input[0].type.multiArrayType.shape[:]
        for operation in main_block(model).operations:
            if operation.type == "relu":
                operation.outputs[0].type.tensorType.dimensions[0].constant.size = 2**28

    Executor(read_package(edit(save(build, (2,)), widen)))


def endless(mb, x):
    return mb.while_loop(
        _cond=lambda value: mb.less(x=mb.reduce_sum(x=value, keep_dims=False), y=1.0),
        _body=lambda value: mb.mul(x=value, y=0.5),
        loop_vars=(x,),
    )


def endless_inside(mb, x):
    return mb.while_loop(
        _cond=lambda value: mb.less(x=mb.reduce_sum(x=value, keep_dims=False), y=1.0),
        _body=lambda value: endless(mb, mb.mul(x=value, y=0.5)),
        loop_vars=(x,),
    )


def endless_branch(mb, x):
    def body(value):
        positive = mb.less(x=mb.reduce_sum(x=value, keep_dims=False), y=0.0)
        return mb.cond(
            pred=positive, _true_fn=lambda: endless(mb, value), _false_fn=lambda: mb.relu(x=value)
        )

    return mb.while_loop(
        _cond=lambda value: mb.less(x=mb.reduce_sum(x=value, keep_dims=False), y=1.0),
        _body=body,
        loop_vars=(x,),
    )


@pytest.mark.parametrize("build", [endless, endless_inside, endless_branch])
def test_a_program_without_an_end_is_refused(save, monkeypatch, build):
    lowered(monkeypatch, while_loop, "LOOP_TURNS", 500)
    executor = Executor(read_package(save(build, (3,))))
    with pytest.raises(PackageError, match=r"the loop does not end within 500 turns"):
        executor.run({"x": np.zeros(3, np.float32)})


@pytest.mark.parametrize(
    ("name", "value"), [("BLOCK_RUNS", 100), ("BLOCK_ELEMENTS", 1000), ("BLOCK_RUNS", 1)]
)
@pytest.mark.parametrize("build", [endless, endless_inside, endless_branch])
def test_nested_blocks_share_what_one_run_may_spend(save, monkeypatch, build, name, value):
    from poseconvert.mil.executor import interpreter

    lowered(monkeypatch, interpreter, name, value)
    executor = Executor(read_package(save(build, (3,))))
    for _ in range(2):  # and every run spends its own
        with pytest.raises(PackageError, match=f"take more than {value:,} .* in one run"):
            executor.run({"x": np.zeros(3, np.float32)})


def test_an_endless_program_is_refused_within_a_minute(save):
    executor = Executor(read_package(save(endless, (3,))))
    with pytest.raises(PackageError, match="the loop does not end within 65,536 turns"):
        executor.run({"x": np.zeros(3, np.float32)})


@pytest.mark.parametrize("letter", ["x", "é", "\n"])
def test_a_long_name_is_cut_in_the_middle_of_the_message(package, edit, refusal, letter):
    def rename(model):
        main_block(model).operations[-1].outputs[0].name = letter * 100_000

    edit(package, rename)

    def lose(model):
        main_block(model).operations[-1].outputs[0].type.Clear()

    text = refusal(edit(package, lose))
    assert len(text) < len(str(package)) + 300
    assert " ... " in text
