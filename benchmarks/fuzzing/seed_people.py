"""Datasets of two people as seeds, and results of a phone."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

_ROOT = Path(__file__).parents[2]
_NOTHING = np.array([])
_JOINTS = [10, 20, 2, 30.5, 40, 1, *[0, 0, 0] * 15]


def coco(folder: Path) -> None:
    person = {
        "id": 7, "image_id": 3, "category_id": 1, "iscrowd": 0, "num_keypoints": 2,
        "keypoints": _JOINTS, "bbox": [8, 16, 80, 40], "area": 1234.5, "segmentation": [],
    }  # fmt: skip
    content = {
        "images": [{"id": 3, "file_name": "a.png", "width": 100, "height": 80},
                   {"id": 4, "file_name": "a.png", "width": 100, "height": 80}],
        "annotations": [person, {**person, "id": 8, "image_id": 4}],
        "categories": [{"id": 1, "name": "person", "keypoints": [], "skeleton": []}],
    }  # fmt: skip
    (folder / "annotations").mkdir()
    _picture(folder / "val2017" / "a.png")
    path = folder / "annotations" / "person_keypoints_val2017.json"
    path.write_text(json.dumps(content))


def leeds(folder: Path, *, extended: bool) -> None:
    import scipy.io

    table = np.ones((2, 14, 3))
    table[:, :, 0] = 3 * np.arange(2)[:, None] + np.arange(14) * 4 + 1
    table[:, :, 1] = 1.2 * table[:, :, 0]
    table[:, 5, 2] = 0
    axes = (1, 2, 0) if extended else (2, 1, 0)
    scipy.io.savemat(folder / "joints.mat", {"joints": table.transpose(axes)}, do_compression=True)
    for number in (1, 2):
        _picture(folder / "images" / f"im{number:0{5 if extended else 4}}.jpg")


def mpii(folder: Path) -> None:
    import scipy.io

    from poseconvert.datasets.mpii import FILE

    points = [{"x": x, "y": y, "id": joint, "is_visible": 1} for joint, x, y in
              ((0, 11, 21.5), (9, 31, 41), (2, 50, 60))]  # fmt: skip
    person = {
        "x1": 20, "y1": 10, "x2": 30, "y2": 19, "scale": 0.3, "objpos": {"x": 40, "y": 30},
        "annopoints": {"point": _structs(*points)},
    }  # fmt: skip
    rows = [{"image": {"name": "a.jpg"}, "annorect": _structs(person, person),
             "frame_sec": _NOTHING, "vididx": _NOTHING}]  # fmt: skip
    release = {"annolist": _structs(*rows), "img_train": np.ones((1, 1), np.uint8)}
    path = folder / FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    scipy.io.savemat(path, {"RELEASE": release}, do_compression=True)
    _picture(folder / "images" / "a.jpg")


def phone(folder: Path, *, name: str) -> None:
    """Copy the simulated results of one phone."""
    for path in sorted((_ROOT / "ios_harness" / "samples" / name).glob("*.json")):
        shutil.copy(path, folder)


def plan(folder: Path) -> None:
    shutil.copy(_ROOT / "ios_harness" / "samples" / "plan.json", folder)


def _structs(*rows: dict[str, Any]) -> Any:
    table = np.empty(len(rows), dtype=[(field, object) for field in rows[0]])
    for index, row in enumerate(rows):
        table[index] = tuple(row.values())
    return table


def _picture(path: Path) -> None:
    from PIL import Image

    path.parent.mkdir(exist_ok=True)
    pixels = np.random.default_rng(1).integers(0, 256, (80, 100, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path)


BUILDERS: dict[str, Callable[[Path], None]] = {
    "people/coco": coco,
    "people/lsp": partial(leeds, extended=False),
    "people/lspet": partial(leeds, extended=True),
    "people/mpii": mpii,
    "phone/a11": partial(phone, name="a11"),
    "phone/a12": partial(phone, name="a12"),
    "json/plan": plan,
}
