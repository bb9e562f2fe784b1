"""Kinds of mutants of pictures, datasets, results of phones and decode specs."""

from __future__ import annotations

import random
from functools import partial
from pathlib import Path

from fuzzing.kind import Kind
from fuzzing.mutators import json_text, mat, pictures, raw
from fuzzing.plan import Plan
from fuzzing.seed_files import FORMATS
from fuzzing.seeds import Seeds

_WHOLE = 0.1
_FOLDER = "c.poseconvert"
_ANNOTATIONS = ("annotations/*.json", "**/*.mat")


def _picture(seeds: Seeds, here: Path, rng: random.Random, *, form: str) -> Plan:
    """Change a picture: it is read, or a conversion is compared on it."""
    (source,) = seeds.path(f"picture/{form}").iterdir()
    data = pictures.mutate(source.read_bytes(), rng, form=form)
    name = source.name if rng.random() < 0.8 else "x.png"  # what it is, its name need not say
    (here / name).write_bytes(data)
    seeds.give("conversion/plain", here)
    argv = ("diff", _FOLDER, "--image", name, "--quiet")
    return Plan(argv, action=() if rng.random() < _WHOLE else ("picture", name))


def _dataset(seeds: Seeds, here: Path, rng: random.Random, *, name: str) -> Plan:
    """Change a dataset's annotations: it is opened, or a conversion is evaluated on it."""
    seeds.give(f"people/{name}", here)
    seeds.give("conversion/pose", here)
    (path,) = [p for place in _ANNOTATIONS for p in here.glob(place)]
    how = mat.mutate if path.suffix == ".mat" else json_text.mutate
    path.write_bytes((how if rng.random() < 0.9 else raw.mutate)(path.read_bytes(), rng))
    argv = ("evaluate", _FOLDER, "--dataset", name, "--data", ".", "--quiet")
    return Plan(argv, action=() if rng.random() < _WHOLE else ("dataset", name))


def _decode(seeds: Seeds, here: Path, rng: random.Random) -> Plan:
    """Change decode specs: they are read and decoded with, or a network is converted with them."""
    seeds.give("conversion/pose", here)
    path = here / "decode.json"
    path.write_bytes(json_text.mutate(path.read_bytes(), rng))
    argv = ("convert", "x.onnx", "--decode", path.name, "-o", "out", "--quiet")
    action = () if rng.random() < 2 * _WHOLE else ("decode", path.name)
    return Plan(argv, action=action, writes=("out",), judged="" if action else "out")


def _phone(seeds: Seeds, here: Path, rng: random.Random) -> Plan:
    """Change one result of a phone: the run is imported, or compared with another phone's."""
    seeds.give("phone/a11", here / "a11")
    seeds.give("phone/a12", here / "a12")
    path = rng.choice(sorted((here / "a11").iterdir()))
    path.write_bytes(
        (json_text.mutate if rng.random() < 0.9 else raw.mutate)(path.read_bytes(), rng)
    )
    if rng.random() < 0.5:
        return Plan(("bench", "import", "a11", "-o", "out", "--quiet"), writes=("out",))
    return Plan(("bench", "compare", "a12", "a11", "--html", "out", "--quiet"), writes=("out",))


def _plan(seeds: Seeds, here: Path, rng: random.Random) -> Plan:
    """Change the plan in a phone's folder that is written again."""
    seeds.give("json/plan", here / "bundle")
    seeds.give("conversion/pose", here)
    path = here / "bundle" / "plan.json"
    path.write_bytes(json_text.mutate(path.read_bytes(), rng))
    return Plan(("ios-bundle", _FOLDER, "-o", "bundle", "--quiet"), writes=("bundle",))


KINDS = (
    *(Kind(f"picture/{form}", 40, partial(_picture, form=form)) for form in FORMATS),
    *(Kind(f"mat/{name}", 140, partial(_dataset, name=name)) for name in ("lsp", "lspet", "mpii")),
    Kind("json/coco", 250, partial(_dataset, name="coco")),
    Kind("json/phone", 250, _phone),
    Kind("json/decode", 200, _decode),
    Kind("json/plan", 20, _plan),
)
