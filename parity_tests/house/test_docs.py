"""Pages that are generated are up to date."""

import importlib.util
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_op_table_is_what_the_kernels_say():
    spec = importlib.util.spec_from_file_location("generate_ops", ROOT / "docs/generate_ops.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.page() == (ROOT / "docs/ops.md").read_text(), "run python docs/generate_ops.py"
