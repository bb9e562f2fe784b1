"""Where the site differs from a code host, which shows the same pages: two hooks of the build."""

import posixpath
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
_LINK = re.compile(r"(?<=\]\()[^)#:\s]+(?=[)#])")
_CELL = re.compile(r"(?<=<td>).*?(?=</td>)", re.DOTALL)


def on_page_markdown(markdown, *, page, config, files):
    """Turn links that lead out of the folder of pages into links to the repository."""
    folder = posixpath.join("docs", posixpath.dirname(page.file.src_uri))

    def address(link):
        path = posixpath.normpath(posixpath.join(folder, link[0]))
        if path.startswith("docs/") or not (ROOT / path).exists():
            return link[0]
        kind = "tree" if (ROOT / path).is_dir() else "blob"
        return f"{config.extra['repository']}/{kind}/main/{path}"

    return _LINK.sub(address, markdown)


def on_page_content(html, *, page, config, files):
    """Take away the backslash of a pipe in a cell: Python-Markdown leaves it in code."""
    return _CELL.sub(lambda cell: cell[0].replace("\\|", "|"), html)
