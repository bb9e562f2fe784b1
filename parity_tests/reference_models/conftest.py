"""The model's folder is importable here, as it is for its own scripts."""

import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "reference_models" / "dual_head_mobilenet_v1"
sys.path.insert(0, str(FOLDER))


@pytest.fixture(scope="session")
def model_folder():
    return FOLDER


@pytest.fixture(scope="session")
def few_figures(tmp_path_factory):
    """A cache of 12 figures."""
    from training.cache import fill, open_cache

    folder = tmp_path_factory.mktemp("figures")
    fill(folder, 1, 12)
    return open_cache(folder, seed=1, count=12)
