"""Pages that are generated are up to date."""

import importlib.util
import json
from pathlib import Path

from poseconvert.network.families import FAMILIES

ROOT = Path(__file__).parents[2]


def test_the_op_table_is_what_the_kernels_say():
    spec = importlib.util.spec_from_file_location("generate_ops", ROOT / "docs/generate_ops.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.page() == (ROOT / "docs/ops.md").read_text(), "run python docs/generate_ops.py"


def test_the_table_of_families_is_what_was_measured_of_every_family():
    spec = importlib.util.spec_from_file_location("table", ROOT / "benchmarks/family_table.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    results = json.loads(module.RESULTS.read_text())
    assert module.page(results) == module.PAGE.read_text(), "run benchmarks/family_table.py --page"
    rows = results["seeded"]
    assert all(row["verdict"] == "held" for row in rows + results["published"])
    assert {row["family"] for row in rows} == set(FAMILIES) == set(results["families"])
    assert all((ROOT / "docs/families" / f"{name}.md").exists() for name in FAMILIES)
    assert {row["network"].split(", ")[2] for row in results["published"]} == {"fp32", "fp16"}
    for row in results["published"]:
        allowed = 0.05 if "fp32" in row["network"] else 0.5
        assert all(stage["parity"] == "held" for stage in row["stages"])
        assert not any(stage["visible_flips"] for stage in row["stages"])
        assert max(stage["max_px"] for stage in row["stages"]) <= allowed
