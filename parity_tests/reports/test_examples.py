"""The example reports in docs have what a report has today, and need no network."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from poseconvert.drift import GraphDrift, OpDrift, OpTolerance, ValueDrift
from poseconvert.pipeline.chain.measurement import Localisation
from poseconvert.reports.html import to_html

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
REMAKE = "run python docs/generate_reports.py"


@pytest.fixture
def today(solid):
    """A report with everything in it, as the code makes it now."""
    value = ValueDrift(4, 0.5, 0.0, 1.0)
    op = OpDrift(0, "conv", "conv", "y", matched="name", local=value, accumulated=value)
    graph = GraphDrift("s", "reference", "candidate", OpTolerance(1e-3, 0.1, "made up"), (op,))
    return to_html(replace(solid, ops=Localisation(("first",), (graph,))))


@pytest.fixture(params=["diff-report.html", "diff-report-broken.html"])
def example(request):
    return EXAMPLES / request.param


def structure(page):
    """Sections without the notes, which not every conversion has, and the heads of all tables."""
    heads = re.findall(r"<thead>(.*?)</thead>", page, re.DOTALL)
    sections = re.findall(r'<(?:section|header) id="(\w+)">', page)
    return (
        [name for name in sections if name != "notes"],
        {tuple(re.findall(r"<th[^>]*>([^<]+)</th>", head)) for head in heads},
    )


def test_it_has_the_sections_and_tables_of_today(example, today):
    sections, heads = structure(today)
    assert (len(sections), len(heads)) == (10, 3)
    assert structure(example.read_text()) == (sections, heads), REMAKE


def test_it_is_small_and_loads_nothing(example, loads_nothing):
    assert example.stat().st_size < 1_000_000
    loads_nothing(example.read_text())


def test_one_is_held_and_one_shows_a_joint_that_moved(parsed):
    held, broken = (
        parsed((EXAMPLES / name).read_text()).sections
        for name in ("diff-report.html", "diff-report-broken.html")
    )
    assert "parity held" in held["verdict"]
    assert "No joint moved further than allowed" in held["furthest"]
    assert "parity BROKEN" in broken["verdict"]
    assert "lMid1, 3D head, on figure-15: flipped to another cell" in broken["furthest"]
    assert "Likely cause ties: heatmap3d_cast_fp16" in " ".join(broken["verdict"].split())
