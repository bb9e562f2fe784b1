"""Pictures of people that come with poseconvert: what every conversion is checked on."""

from __future__ import annotations

from pathlib import Path

_FOLDER = Path(__file__).with_name("stock")
#: What ``--image`` calls them, to their files: rendered figures, and a photograph.
STOCK = {
    "figure": (_FOLDER / "figure-1.png", _FOLDER / "figure-2.png"),
    "photo": (_FOLDER / "photo.jpg",),
}


def stock_files() -> tuple[Path, ...]:
    """Return every picture, figures first. Sources and licences: ``stock/SOURCES.md``."""
    return tuple(file for files in STOCK.values() for file in files)


def with_stock(path: Path) -> tuple[Path, ...]:
    """Return the pictures that a name such as ``figure`` stands for; a file of that name wins."""
    named = STOCK.get(str(path), ())
    return named if named and not path.exists() else (path,)
