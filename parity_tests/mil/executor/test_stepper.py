"""A run that the caller steers: it computes what any run does until values are overwritten."""

import numpy as np
import pytest

from poseconvert.errors import PackageError
from poseconvert.mil import Executor, read_package

X = np.array([[1.0, -2.0, 3.0]], np.float32)


def chain(mb, x):
    doubled = mb.mul(x=x, y=np.float32(2), name="doubled")
    clipped = mb.relu(x=doubled, name="clipped")
    return mb.add(x=clipped, y=x, name="result")


@pytest.fixture
def executor(save):
    return Executor(read_package(save(chain, (1, 3))), precision="fp32")


@pytest.fixture
def fed(executor):
    return {executor.package.inputs[0].name: X}


def test_steps_are_what_values_streams(executor, fed):
    walk = executor.walk(fed)
    for operation, outputs in executor.values(fed):
        step = walk.step()
        assert step.operation is operation
        for name, value in outputs.items():
            np.testing.assert_array_equal(step.outputs[name], value)
    assert len(walk) == 0
    np.testing.assert_array_equal(walk.finish()["result"], executor.run(fed)["result"])


def test_what_is_put_is_what_later_ops_read(executor, fed):
    walk = executor.walk(fed)
    walk.step()
    walk.put({"doubled": np.array([[-1.0, 5.0, -1.0]], np.float32)})
    np.testing.assert_array_equal(walk.finish()["result"], [[1.0, 3.0, 3.0]])


def test_a_fork_goes_its_own_way(executor, fed):
    walk = executor.walk(fed)
    walk.step()
    fork = walk.fork()
    fork.put({"doubled": np.zeros((1, 3), np.float32)})
    np.testing.assert_array_equal(fork.finish()["result"], X)
    np.testing.assert_array_equal(walk.finish()["result"], executor.run(fed)["result"])


def test_what_is_put_is_rounded_as_the_ops_own_result(save):
    package = read_package(save(chain, (1, 3), precision="fp16", optimised=True))
    executor = Executor(package, precision="fp16")
    walk = executor.walk({package.inputs[0].name: X})
    given = np.full((1, 3), 1.0001, np.float32)
    while (step := walk.step()).operation.type != "mul":
        pass
    (name,) = step.outputs
    walk.put({name: given})
    read = walk.step().arguments["x"]
    np.testing.assert_array_equal(read, np.ones((1, 3)))
    assert given[0, 0] == np.float32(1.0001), "the caller's own array was rounded"


def test_another_shape_is_refused(executor, fed):
    walk = executor.walk(fed)
    walk.step()
    with pytest.raises(PackageError, match=r'value "doubled" is fp32\[1, 3\], given \[2\]'):
        walk.put({"doubled": np.zeros(2, np.float32)})


def test_values_that_nobody_reads_any_more_are_let_go(save):
    def long(mb, x):
        for n in range(30):
            x = mb.relu(x=mb.mul(x=x, y=np.float32(1.5)), name=f"r{n}")
        return x

    executor = Executor(read_package(save(long, (1, 3))), precision="fp32")
    walk = executor.walk({executor.package.inputs[0].name: X})
    held = []
    while len(walk):
        walk.step()
        held.append(walk.held)
    assert len(held) == 60
    assert max(held) <= 3
