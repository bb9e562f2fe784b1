"""One table of limits, each with a reason, none of them somewhere else."""

import ast
import importlib.util
import re
from pathlib import Path

import pytest

from poseconvert import budgets
from poseconvert.budgets import Budget, table

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "poseconvert"
#: Rooms whose own limits are not in the table: their libraries' or formats' own.
OTHERS = {"mil", "devices", "conversion", "pipeline"}


def generated():
    path = ROOT / "docs" / "generate_limits.py"
    spec = importlib.util.spec_from_file_location("generate_limits", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.page()


def test_the_page_of_limits_is_what_the_table_says():
    assert (ROOT / "docs" / "limits.md").read_text() == generated(), (
        "out of date: python docs/generate_limits.py"
    )


@pytest.mark.parametrize("name", table())
def test_a_limit_has_a_number_a_unit_and_a_reason(name):
    budget = table()[name]
    assert budget.value > 0
    assert budget.unit
    assert len(budget.why) > 15
    assert "\n" not in budget.why
    assert str(budget).startswith(f"{budget.value:,} ")


def test_every_limit_is_used():
    sources = [path for path in PACKAGE.rglob("*.py") if path.name != "budgets.py"]
    text = "\n".join(path.read_text() for path in sources)
    unused = {name for name in table() if not re.search(rf"\b{name}\b", text)}
    assert unused == set()


def test_no_other_module_has_limits_of_its_own():
    found = set()
    for path in PACKAGE.rglob("*.py"):
        room = path.relative_to(PACKAGE).parts[0]
        if room in OTHERS or path.name in ("budgets.py",):
            continue
        for statement in ast.parse(path.read_text()).body:
            targets = statement.targets if isinstance(statement, ast.Assign) else []
            names = [target.id for target in targets if isinstance(target, ast.Name)]
            found |= {f"{room}.{name}" for name in names if re.match(r"_?(MAX|MOST)_", name)}
    assert found == {"cli._MOST_SIZES"}, "Core ML's own number is no budget; others are"


def test_a_budget_cannot_be_changed():
    with pytest.raises(AttributeError):
        budgets.RANK.value = 100
    assert isinstance(budgets.RANK, Budget)
