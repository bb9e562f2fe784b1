"""The example reports in a browser: no error, nothing loaded, every section laid out."""

import html
import json
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
PAGES = sorted(EXAMPLES.glob("*.html"))
WIDTHS = (1280, 390)
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# The page allows no script, so a frame around it measures it.
FRAME = """<!doctype html>
<iframe src="{page}" width="{width}" height="3000"></iframe>
<pre></pre>
<script>
onload = () => {{
  const page = document.querySelector("iframe").contentDocument;
  const box = (e) => {{
    const b = e.getBoundingClientRect();
    return [e.id || e.tagName, b.left, b.right, b.top, b.bottom];
  }};
  const every = (name) => [...page.querySelectorAll(name)].map(box);
  document.querySelector("pre").textContent = JSON.stringify({{
    across: page.documentElement.scrollWidth,
    sections: every("header, section"),
    drawings: every(".spotlight svg, .panels svg, #heatmaps svg, #ops svg"),
    broken: [...page.images].filter((i) => !i.complete || !i.naturalWidth).length,
    pictures: page.images.length,
    banner: page.defaultView.getComputedStyle(page.querySelector(".verdict")).backgroundColor,
  }});
}};
</script>
"""


@pytest.fixture(scope="module")
def browser():
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if not found:
        pytest.skip(f"no browser: none of {', '.join(NAMES)} is on PATH")
    return found


@pytest.fixture(scope="module")
def opened(browser, tmp_path_factory):
    """Open a page at a width; return what was measured, and what the browser complained of."""
    folder = tmp_path_factory.mktemp("browser")

    @cache
    def open_page(page, width):
        frame = folder / f"{page.stem}-{width}.html"
        frame.write_text(FRAME.format(page=page.as_uri(), width=width))
        done = subprocess.run(
            [
                browser, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
                "--allow-file-access-from-files", "--enable-logging=stderr",
                f"--user-data-dir={folder / 'profile'}", "--dump-dom", frame.as_uri(),
            ],
            capture_output=True, text=True, timeout=120, check=True,
        )  # fmt: skip
        text = html.unescape(re.search(r"<pre>(.*?)</pre>", done.stdout, re.DOTALL)[1])
        complaints = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
        return json.loads(text), complaints

    return open_page


def test_there_are_pages_to_open():
    assert [page.name for page in PAGES] == ["diff-report-broken.html", "diff-report.html"]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_section_is_laid_out_below_the_one_before_it(opened, page, width):
    measured, complaints = opened(page, width)
    assert complaints == []
    assert measured["across"] <= width, "the page scrolls sideways"
    assert measured["broken"] == 0
    assert measured["pictures"] >= 2
    names = [name for name, *_ in measured["sections"] if name != "notes"]
    assert names == [
        "verdict", "furthest", "skeletons", "stages", "ops", "joints", "solids", "heatmaps",
        "inputs", "made",
    ]  # fmt: skip
    end = 0.0
    for name, left, right, top, bottom in measured["sections"]:
        assert 0 <= left < right <= width, name
        assert top >= end, f"{name} overlaps the section above it"
        assert bottom - top > 60, f"{name} is empty"
        end = bottom


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_drawings_have_a_size_and_stay_in_the_page(opened, page):
    measured, _ = opened(page, 1280)
    assert len(measured["drawings"]) >= 15
    shown = [box for box in measured["drawings"] if box[2] > box[1]]
    assert len(shown) >= 15
    for _, left, right, top, bottom in shown:
        assert left >= 0
        assert right <= 1280
        assert bottom - top > 40


def test_the_verdict_has_its_colour(opened):
    broken, held = (opened(page, 1280)[0]["banner"] for page in PAGES)
    assert (broken, held) == ("rgb(179, 0, 27)", "rgb(11, 107, 58)")


def test_a_complaint_would_be_noticed(opened, tmp_path):
    page = tmp_path / "bad.html"
    text = PAGES[0].read_text()
    page.write_text(text.replace("</h1>", '</h1><img src="https://example.invalid/x.png">'))
    measured, complaints = opened(page, 1280)
    assert any("Content Security Policy" in line for line in complaints)
    assert measured["broken"] == 1
