"""Three files of coremltools' own op tests through the drop-in; all of them are a benchmark."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

BENCHMARK = Path(__file__).parents[3] / "benchmarks" / "conformance_coremltools.py"
FILES = ("test_linear.py", "test_pool.py", "test_elementwise_binary.py")


@pytest.fixture(scope="module")
def total(tmp_path_factory):
    path = tmp_path_factory.mktemp("conformance") / "result.json"
    only = [word for file in FILES for word in ("--only", file)]
    done = subprocess.run(
        [sys.executable, BENCHMARK, "--json", path, "--workers", "0", *only],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(path.read_text())["all"]


def share(count):
    assert count[1] >= 40, f"{count} is too few to say anything"
    return count[0] / count[1]


@pytest.mark.parametrize("column", ["default", "tight", "fp32"])
def test_every_comparing_test_passes(total, column):
    assert share(total[column]) == 1


def test_the_comparisons_see_zeros_and_a_shift(total):
    assert share(total["control_zeros"]) >= 0.85
    assert share(total["control_shifted"]) >= 0.75
