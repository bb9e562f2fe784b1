"""The fuzzer of ``benchmarks/``, and the seeds that all of its tests share."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BENCHMARKS = ROOT / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))

#: The server forks, so it is always a process of its own: the test's own has threads.
ENVIRONMENT = os.environ | {
    "PYTHONPATH": os.pathsep.join([str(ROOT), str(BENCHMARKS)]),
    "OMP_NUM_THREADS": "1",
    "OMP_WAIT_POLICY": "PASSIVE",
}


@pytest.fixture(scope="session")
def python():
    """Runs a program beside the fuzzer; gives what it printed."""

    def run(*arguments, code=0):
        done = subprocess.run(
            [sys.executable, *map(str, arguments)],
            capture_output=True,
            text=True,
            check=False,
            env=ENVIRONMENT,
            cwd=BENCHMARKS,
        )
        assert done.returncode == code, done.stdout[-3000:] + done.stderr[-3000:]
        return done.stdout

    return run


@pytest.fixture(scope="session")
def seeds(python, once):
    """Every seed but the slowest, made once and by a process of their own."""
    from fuzzing.seeds import BUILDERS, Seeds

    def make(folder):
        names = [name for name in BUILDERS if "sizes" not in name]
        python("-m", "fuzzing.seeds", folder / "seeds", *names)
        return folder / "seeds"

    return Seeds(once("fuzz-seeds", make))


@pytest.fixture(scope="module")
def seeded(seeds, tmp_path_factory):
    """An empty folder for a run that need not make its seeds."""
    folder = tmp_path_factory.mktemp("run")
    (folder / "seeds").symlink_to(seeds.folder)
    return folder
