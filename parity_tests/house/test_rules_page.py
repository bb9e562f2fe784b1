"""docs/rules.md says what the table of rules says."""

import importlib.util
from pathlib import Path

from poseconvert.mil.analysis.rules.table import RULES

ROOT = Path(__file__).parents[2]


def generator():
    path = ROOT / "docs" / "generate_rules.py"
    spec = importlib.util.spec_from_file_location("generate_rules", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_of_rules_is_what_the_table_says():
    assert (ROOT / "docs" / "rules.md").read_text() == generator().page(), (
        "out of date: python docs/generate_rules.py"
    )


def test_every_rule_has_one_row_and_its_kind_is_counted():
    rows = generator().page().splitlines()

    assert all(sum(row.startswith(f"| {rule.id} |") for row in rows) == 1 for rule in RULES)
    refused = sum(rule.kind == "refused" for rule in RULES)
    assert any(row.startswith(f"| refused | {refused} |") for row in rows)
