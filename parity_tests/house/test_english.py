"""What users read is plain English: phrases that readers stumbled over do not come back."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "ios_harness/README.md")
#: Phrase: what to write. "Leave X away" is "omit X"; "that is none" says what it is not.
BANNED = {
    r"(?i)\b(leave|leaves|leaving|left)( [^\s.;:,]+){0,3} away\b": "omit",
    r"\b(is|are) none\b": "is not a ..., or: without ...",
    r"(?i)\bfor the while\b": "temporary",
}


def python_texts(path):
    """Yield line and text of every string, docstrings among them; joined parts as one."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.JoinedStr):
            parts = [one.value if isinstance(one, ast.Constant) else "X" for one in node.values]
            yield node.lineno, "".join(map(str, parts))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


def prose(path):
    """Yield line and text of a page, without what a template computes."""
    plain = re.sub(r"\{[%{#].*?[%}#]\}", "X", path.read_text(), flags=re.S)
    yield 1, plain


def offenders(name, texts):
    for line, text in texts:
        for phrase, instead in BANNED.items():
            if found := re.search(phrase, " ".join(text.split())):
                yield f"{name}:{line}: {found[0]!r}. Write: {instead}."


def read(root):
    for path in sorted((root / "poseconvert").rglob("*.py")):
        yield path, python_texts(path)
    templates = sorted((root / "poseconvert").rglob("*.html"))
    pages = [root / page for page in PAGES if (root / page).exists()]
    for path in (*templates, *sorted((root / "docs").rglob("*.md")), *pages):
        yield path, prose(path)


def test_no_text_for_users_has_a_phrase_that_readers_stumbled_over():
    seen, found = 0, []
    for path, texts in read(ROOT):
        seen += 1
        found += offenders(path.relative_to(ROOT).as_posix(), texts)
    assert seen > 300
    assert not found, "\n".join(found)


def test_each_phrase_is_found_where_it_is_planted(tmp_path):
    (tmp_path / "poseconvert").mkdir()
    (tmp_path / "docs").mkdir()
    (tmp_path / "poseconvert/said.py").write_text(
        'name = 1\nif name is None: print(f"Leave --route {name} away.")\n'
        '"""A zero that is none."""\nprint("a model, made "\n "for the while")\n'
    )
    (tmp_path / "poseconvert/page.html").write_text("{% if it is none %}{% endif %}they\nare none")
    (tmp_path / "docs/page.md").write_text("Far away. Leave\nit away.")
    found = [line for path, texts in read(tmp_path) for line in offenders(path.name, texts)]
    assert [line.partition(". Write")[0] for line in found] == [
        "said.py:3: 'is none'",
        "said.py:4: 'for the while'",
        "said.py:2: 'Leave --route X away'",
        "page.html:1: 'are none'",
        "page.md:1: 'Leave it away'",
    ]
