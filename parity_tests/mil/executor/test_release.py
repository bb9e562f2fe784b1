"""Pages of the weight file that were copied are given back, and read again when needed."""

import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from poseconvert.mil import Executor, read_package
from poseconvert.mil.executor.compiler import compile_program
from poseconvert.mil.package.blob import release


def mapped_kilobytes(path):
    """Resident kilobytes of one mapped file, as Linux counts them."""
    held, inside = 0, False
    for line in Path("/proc/self/smaps").read_text().splitlines():
        if "-" in line.split()[0] and ":" not in line.split()[0]:
            inside = line.endswith(str(path))
        elif inside and line.startswith("Rss:"):
            held += int(line.split()[1])
    return held


@pytest.mark.skipif(not Path("/proc/self/smaps").exists(), reason="Linux tells what is resident")
def test_a_program_that_has_run_does_not_hold_its_weights_twice(save):
    weight = np.random.default_rng(0).normal(size=(512, 512)).astype(np.float32)
    path = save(lambda mb, x: mb.linear(x=x, weight=weight), (1, 512))
    package = read_package(path)
    (stored,) = (
        operation.attributes["val"].array
        for operation in package.program.main.block.operations
        if operation.type == "const" and operation.attributes["val"].array.size == 2**18
    )
    assert stored.sum() == pytest.approx(weight.sum(), rel=1e-4)
    file = next(path.rglob("weight.bin")).resolve()
    assert mapped_kilobytes(file) >= 1024
    executor = Executor(package, precision="fp32", engine="interpreter")
    x = np.ones((1, 512), np.float32)
    (got,) = executor.run({"x": x}).values()
    assert mapped_kilobytes(file) < 512
    np.testing.assert_array_equal(stored, weight)
    np.testing.assert_allclose(got[0], weight.sum(1), rtol=1e-3, atol=1e-3)


def test_what_is_not_mapped_stays_as_it_is():
    array = np.arange(6.0)
    release(array[::2])
    np.testing.assert_array_equal(array, np.arange(6.0))


def test_streaming_widens_one_stored_weight_at_a_time(save):
    """Twelve half weights need room for one in float32: none is held before or after its step."""
    weights = np.random.default_rng(0).normal(size=(12, 256, 256)).astype(np.float32) / 16

    def build(mb, x):
        for weight in weights:
            x = mb.linear(x=x, weight=weight)
        return x

    package = read_package(save(build, (1, 256), precision="fp16"))
    constants = compile_program(package, precision="fp16").constants
    assert max(map(np.size, constants.values())) <= 256
    x = {"x": np.ones((1, 256), np.float32)}
    tracemalloc.start()
    executor = Executor(package, precision="fp16")
    for _, outputs in executor.values(x):
        streamed = outputs
    held, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < weights[0].nbytes
    assert peak < 2.5 * weights[0].nbytes
    for name, value in executor.run(x).items():
        np.testing.assert_array_equal(value, streamed[name])
