"""Packages with several functions: one of them is chosen, weights are shared."""

import numpy as np
import pytest

from poseconvert.errors import PackageError
from poseconvert.mil import Executor, read_package


@pytest.fixture
def two_functions(coreml, save, tmp_path):
    weight = np.random.default_rng(0).normal(size=(8, 4)).astype(np.float32)
    paths = {
        "doubled": save(lambda mb, x: mb.mul(x=mb.linear(x=x, weight=weight), y=2.0), (1, 4)),
        "halved": save(lambda mb, x: mb.mul(x=mb.linear(x=x, weight=weight), y=0.5), (1, 4)),
    }
    described = coreml.ct.utils.MultiFunctionDescriptor()
    for name, path in paths.items():
        described.add_function(str(path), "main", name)
    described.default_function_name = "halved"
    path = tmp_path / "both.mlpackage"
    coreml.ct.utils.save_multifunction(described, str(path))
    return path, weight


@pytest.mark.parametrize(("function", "factor"), [(None, 0.5), ("halved", 0.5), ("doubled", 2)])
def test_the_chosen_function_runs(two_functions, function, factor):
    path, weight = two_functions
    x = np.array([[1, 2, 3, 4]], np.float32)
    package = read_package(path, function=function)
    (got,) = Executor(package, precision="fp32").run({"x": x}).values()
    np.testing.assert_allclose(got, factor * (x @ weight.T), rtol=1e-5, atol=1e-5)


def test_a_function_that_is_not_there_is_refused(two_functions):
    path, _ = two_functions
    with pytest.raises(
        PackageError, match=r'no function "tripled"\. Choose from doubled, halved\.'
    ):
        read_package(path, function="tripled")


def test_a_package_of_one_function_has_only_main(package):
    assert read_package(package, function="main").program.chosen == "main"
    with pytest.raises(PackageError, match=r'no function "other"\. Choose from main\.'):
        read_package(package, function="other")
