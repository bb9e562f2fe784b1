"""Results that tests may change: the simulated samples, copied."""

import json
import shutil
from pathlib import Path

import pytest

SAMPLES = Path(__file__).parents[2] / "ios_harness" / "samples"


@pytest.fixture
def samples(tmp_path):
    """Folder with ``a12/`` and ``a11/``, to read and to damage."""
    for name in ("a12", "a11"):
        shutil.copytree(SAMPLES / name, tmp_path / name)
    return tmp_path


@pytest.fixture
def real(samples, edit):
    """The same as if phones had given them: not labelled as simulated."""
    for path in (*samples.glob("a12/*.json"), *samples.glob("a11/*.json")):
        edit(path, lambda values: values.update(simulated=False))
    return samples


@pytest.fixture
def edit():
    """Return a function that changes a result file by a function on its values."""

    def change(path, by):
        values = json.loads(path.read_text())
        by(values)
        path.write_text(json.dumps(values))

    return change
