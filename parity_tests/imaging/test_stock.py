"""Pictures of people that come with poseconvert."""

import hashlib
from pathlib import Path

import numpy as np

from poseconvert.figures.figure import figure
from poseconvert.imaging.picture import read_picture
from poseconvert.imaging.stock import STOCK, stock_files, with_stock


def test_figures_are_those_of_the_renderer():
    """Seed 4, which no reference model was trained or evaluated on."""
    for path, index in zip(STOCK["figure"], (11, 16), strict=True):
        drawn = figure(4, index)
        np.testing.assert_array_equal(np.asarray(read_picture(path)), drawn.picture)
        assert drawn.visible.sum() >= 15


def test_the_photograph_is_the_published_file():
    (photo,) = STOCK["photo"]
    digest = hashlib.sha256(photo.read_bytes()).hexdigest()
    assert digest == "07412957dfec743c8d71248ac4a2628aaac047a59bf9da7ee761e6778d403bd7"


def test_every_file_has_a_source():
    folder = stock_files()[0].parent
    sources = (folder / "SOURCES.md").read_text()
    shown = {path.name for path in folder.iterdir()} - {"SOURCES.md"}
    assert shown == {path.name for path in stock_files()}
    assert all(f"`{name}`" in sources for name in shown)


def test_a_name_stands_for_its_pictures_and_a_file_of_that_name_wins(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert with_stock(Path("figure")) == STOCK["figure"]
    assert with_stock(Path("photo")) == STOCK["photo"]
    assert with_stock(Path("person.jpg")) == (Path("person.jpg"),)

    Path("photo").write_bytes(STOCK["photo"][0].read_bytes())
    assert with_stock(Path("photo")) == (Path("photo"),)
    assert with_stock(Path("./figure-1")) == (Path("./figure-1"),)
