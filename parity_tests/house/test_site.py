"""The documentation as a site: it builds strictly, loads nothing from elsewhere, and reads well."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote

import pytest

ROOT = Path(__file__).parents[2]
MADE_ELSEWHERE = {"404.html", "phones.html", "diff-report.html", "diff-report-broken.html"}


def build(root, site):
    """Run the build that ``make docs`` runs."""
    return subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", site],
        cwd=root,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    for library in ("mkdocs", "material", "mkdocstrings"):
        pytest.importorskip(library, reason="the site needs: pip install -e '.[docs]'")
    folder = tmp_path_factory.mktemp("site")
    done = build(ROOT, folder)
    assert done.returncode == 0, done.stdout
    assert not re.search("WARNING|ERROR", done.stdout), done.stdout
    return folder


def articles(site):
    """Every page that was written as Markdown: its path and what is between menu and footer."""
    for path in sorted(site.rglob("*.html")):
        if path.name not in MADE_ELSEWHERE:
            text = path.read_text()
            yield path, text[text.index("<article") : text.index("</article>")]


@pytest.mark.slow
def test_every_page_is_built_and_no_program_is_published(site):
    pages = {path.relative_to(ROOT / "docs") for path in (ROOT / "docs").rglob("*.md")}
    built = {path.relative_to(site) for path, _ in articles(site)}
    named = {page.with_name("index.md") if page.name == "README.md" else page for page in pages}
    assert built == {page.with_suffix(".html") for page in named}
    assert not list(site.rglob("*.py"))


@pytest.mark.slow
def test_nothing_is_loaded_from_elsewhere(site):
    for path in sorted(site.rglob("*.html")):
        loaded = re.findall(
            r'<(?:script|link|img|iframe)[^>]*"((?:https?:)?//[^"]*)"', path.read_text()
        )
        assert not loaded, f"{path.name}: {loaded}"
        assert "api.github.com" not in path.read_text()


@pytest.mark.slow
def test_links_and_pictures_of_the_built_pages_exist(site):
    seen = 0
    for path, text in articles(site):
        for link in re.findall(r'(?:href|src)="([^"#]+)', text):
            if not re.match(r"https?://|mailto:", link):
                assert (path.parent / unquote(link)).exists(), f"{path.name}: {link}"
                seen += 1
    assert seen > 30


@pytest.mark.slow
def test_links_out_of_the_pages_lead_to_files_of_the_repository(site):
    place = "https://github.com/poseconvert/poseconvert/"
    found = {
        link for _, text in articles(site) for link in re.findall(rf'href="{place}([^"#]+)', text)
    }
    assert "blob/main/ios_harness/README.md" in found
    for link in found:
        kind, branch, name = link.split("/", 2)
        assert (kind, branch) == ("tree" if (ROOT / name).is_dir() else "blob", "main")
        assert (ROOT / name).exists(), link


@pytest.mark.slow
def test_no_list_or_table_is_left_as_text(site):
    """A code host takes a list without a blank line before it; the site would not."""
    for path, text in articles(site):
        shown = re.sub(r"<pre.*?</pre>", "", text, flags=re.DOTALL)
        for paragraph in re.findall(r"<p>(.*?)</p>", shown, re.DOTALL):
            left = re.search(r"(^|\n) *(\||```|[-*] |\d+\. )", paragraph)
            assert not left, f"{path.name}: {paragraph[:200]}"


@pytest.mark.parametrize("page", sorted((ROOT / "docs").rglob("*.md")), ids=lambda page: page.stem)
def test_a_table_has_as_many_cells_in_each_row_as_in_its_head(page):
    """Else the site drops cells without a word. A pipe within a cell has a backslash."""
    wanted = 0
    for line in re.sub(r"^```.*?^```", "", page.read_text(), flags=re.M | re.S).splitlines():
        cells = len(re.findall(r"(?<!\\)\|", line)) if line.startswith("|") else 0
        ends = not line or line.startswith("<!--")
        assert not wanted or cells == wanted or ends, f"not a row of the table above: {line}"
        wanted = cells


@pytest.mark.slow
def test_no_backslash_of_a_cell_is_shown(site):
    for path, text in articles(site):
        for table in re.findall(r"<table>.*?</table>", text, re.DOTALL):
            assert "\\|" not in table, path.name


@pytest.mark.slow
def test_links_to_nothing_stop_the_build(site, tmp_path):
    (tmp_path / "docs").mkdir()
    links = "[gone](gone.md) [gone](glossary.md#gone) ![gone](images/gone.png)"
    (tmp_path / "docs/README.md").write_text(f"# Page\n\n{links}\n")
    (tmp_path / "docs/glossary.md").write_text("# Glossary\n")
    shutil.copy(ROOT / "docs/site_hooks.py", tmp_path / "docs/site_hooks.py")
    config = (ROOT / "mkdocs.yml").read_text().partition("\nnav:")[0]
    (tmp_path / "mkdocs.yml").write_text(config)
    done = build(tmp_path, tmp_path / "site")
    assert done.returncode == 1
    for link in ("gone.md", "glossary.md#gone", "images/gone.png"):
        assert f"'{link}'" in done.stdout
    assert "Aborted with 3 warnings in strict mode" in done.stdout
