"""What the commands write is what the published schemas say, field by field."""

import copy
import importlib.util
import json
import shutil
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from poseconvert.cli import main
from poseconvert.conversion.sha256 import digest
from poseconvert.devices.schema import KEYWORDS, problem, result_schema

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "schemas"
SCHEMAS = {path.name.removesuffix(".schema.json"): path for path in sorted(FOLDER.glob("*.json"))}
#: No schema here has lists as deep as this.
NOTHING = [[[[[None]]]]]
SAMPLES = ROOT / "ios_harness" / "samples"


def load(name):
    return json.loads(SCHEMAS[name].read_text())


def every(schema):
    """Every schema inside a schema."""
    yield schema
    for group in ("properties", "$defs"):
        for inner in schema.get(group, {}).values():
            yield from every(inner)
    for inner in (schema.get("items"), schema.get("additionalProperties")):
        if isinstance(inner, dict):
            yield from every(inner)


@cache
def closed(name):
    """The schema, but what it does not describe is refused: readers take it, this test does not."""
    schema = load(name)
    for inner in every(schema):
        if "properties" in inner:
            inner["additionalProperties"] = False
    return schema


def check(value):
    """Say what is wrong with a JSON; the schema is the one that it names."""
    schema = closed(value["schema"].removeprefix("poseconvert."))
    return problem(value, schema, root=schema)


def refuse(constant):
    raise AssertionError(f"{constant} is no JSON")


@pytest.fixture(scope="module")
def written(tiny_conversion, tiny_model, once):
    """Every JSON that a small conversion leads to, by what wrote it."""
    return once("json", lambda folder: write_all(tiny_conversion, tiny_model, folder))


def write_all(tiny_conversion, tiny_model, folder):
    with pytest.MonkeyPatch.context() as patch:

        def run(*words):
            patch.setattr(sys, "argv", ["poseconvert", *map(str, words)])
            with pytest.raises(SystemExit) as left:
                main()
            assert left.value.code in (0, 1), words

        def printed(*words):
            with (folder / "out.json").open("w+") as out:
                patch.setattr(sys, "stdout", out)
                run(*words, "--json")
                patch.undo()
                out.seek(0)
                return out.read()

        noise = np.random.default_rng(5).integers(0, 256, (64, 64, 3), dtype=np.uint8)
        picture = folder / "noise.png"
        Image.fromarray(noise).save(picture)
        torch.manual_seed(0)
        network = nn.Sequential(nn.Conv2d(3, 64, 5, 4, 2), nn.ReLU(), nn.Conv2d(64, 64, 1)).eval()
        torch.jit.script(network).save(folder / "net.pt")
        sizes = folder / "sizes.poseconvert"
        words = ("--input", "image:1,3,32,32", "--size", "32,48", "--compress", "int8")
        package = tiny_conversion / "model.mlpackage"
        texts = {
            "manifest.json": (tiny_conversion / "manifest.json").read_text(),
            "golden.json": (tiny_conversion / "golden" / "golden.json").read_text(),
            "convert": printed("convert", folder / "net.pt", *words, "-o", sizes),
            "manifest.json of several sizes": (sizes / "manifest.json").read_text(),
            "parity.json": (sizes / "parity.json").read_text(),
            "diff": printed("diff", tiny_conversion, picture, "--ops"),
            "inspect MODEL": printed("inspect", tiny_model),
            "inspect model.onnx": printed("inspect", tiny_conversion / "model.onnx"),
            "inspect model.mlpackage": printed("inspect", package),
            "inspect CONVERSION": printed("inspect", tiny_conversion),
            "evaluate": printed("evaluate", tiny_conversion, "--n", 4),
            "tune": printed("tune", tiny_conversion, "--image", picture),
            "doctor": printed("doctor"),
            "ios-bundle": printed("ios-bundle", tiny_conversion, "-o", folder / "PoseBenchData"),
            "ios-bundle --swift": printed(
                "ios-bundle", tiny_conversion, "--swift", folder / "swift"
            ),
            "bench import": printed("bench", "import", SAMPLES / "a12", "-o", folder / "a12"),
            "bench show": printed("bench", "show", shown_phone(package, folder), tiny_conversion),
            "bench compare": printed("bench", "compare", SAMPLES / "a12", SAMPLES / "a11"),
        }
        pose = folder / "swift/Sources/PoseLoader/PoseModels" / tiny_conversion.stem / "pose.json"
        texts["pose.json"] = pose.read_text()
        texts["plan.json"] = (folder / "PoseBenchData" / "plan.json").read_text()
    return {name: json.loads(text, parse_constant=refuse) for name, text in texts.items()}


def shown_phone(package, folder):
    """Write results of a phone that ran the package, with where its ops run."""
    target = folder / "phone"
    shutil.copytree(SAMPLES / "a12", target)
    for path in target.glob("*.json"):
        values = json.loads(path.read_text())
        values["model"]["sha256"] = digest(package)
        path.write_text(json.dumps(values))
    plan = json.loads((target / "load-dual_head-all-0.json").read_text())
    del plan["load"]
    op = {"op": "ios16.conv", "output": "none", "preferred": "cpu", "supported": ["cpu"]}
    plan |= {"kind": "plan", "placement": [op], "plan": {"cpu": 1}}
    (target / "plan.json").write_text(json.dumps(plan))
    return target


def test_what_is_written_is_what_its_schema_says(written):
    for name, value in written.items():
        assert check(value) == "", name


def test_sizes_and_compression_are_among_what_was_written(written):
    assert [size["width"] for size in written["manifest.json of several sizes"]["sizes"]] == [48]
    assert written["parity.json"]["compress"]["compression"] == "int8"


def test_the_schemas_of_what_is_read_again_are_written_from_the_types_that_read_it():
    spec = importlib.util.spec_from_file_location("records", ROOT / "docs" / "record_schemas.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found = module.files()
    assert {path.name.partition(".")[0] for path in found} == {
        "conversion", "golden", "parity", "ios-plan", "pose-model",
    }  # fmt: skip
    for path, text in found.items():
        assert path.read_text() == text, "run make docs"


def test_every_published_schema_was_written(written):
    assert {value["schema"] for value in written.values()} == {f"poseconvert.{n}" for n in SCHEMAS}


def objects(value, schema, root, trail=()):
    """Every described object of a value with its place; of a list the first one."""
    while "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rpartition("/")[2]]
    if isinstance(value, dict):
        if "properties" in schema:
            yield trail, schema
        for name, item in value.items():
            inner = schema.get("properties", {}).get(name, schema.get("additionalProperties"))
            if isinstance(inner, dict):
                yield from objects(item, inner, root, (*trail, name))
    elif isinstance(value, list) and value:
        yield from objects(value[0], schema["items"], root, (*trail, 0))


def place(trail):
    """The place as the checker names it."""
    words = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in trail)
    return "".join(words).removeprefix(".")


def at(value, trail):
    for step in trail:
        value = value[step]
    return value


def test_a_field_that_is_missing_new_or_of_another_kind_is_seen(written):
    tried = 0
    for value in {value["schema"]: copy.deepcopy(value) for value in written.values()}.values():
        schema = closed(value["schema"].removeprefix("poseconvert."))
        for trail, described in list(objects(value, schema, schema)):
            record = at(value, trail)
            record["surprise"] = 1
            assert '"surprise" is unknown' in check(value), trail
            del record["surprise"]
            for key in set(described["required"]) - {"schema"}:
                kept = record.pop(key)
                assert f"{key} is missing" in check(value), trail
                record[key] = NOTHING
                assert check(value).startswith(place((*trail, key))), trail
                record[key] = kept
                tried += 1
        assert check(value) == ""
    assert tried > 200


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_uses_only_what_is_checked_and_describes_its_fields(name):
    schema = load(name)
    assert {keyword for inner in every(schema) for keyword in inner} <= KEYWORDS
    assert schema["properties"]["schema"]["const"] == f"poseconvert.{name}"
    assert set(schema["required"]) <= set(schema["properties"])
    for inner in every(schema):
        assert {"type", "const", "enum", "$ref"} & set(inner), inner
        assert all(
            "$ref" not in i or i["$ref"].rpartition("/")[2] in schema["$defs"] for i in [inner]
        )


def test_null_is_taken_only_where_it_is_named():
    number = {"type": ["number", "null"], "minimum": 0}
    assert problem(None, number, root={}) == problem(1.5, number, root={}) == ""
    assert problem("1", number, root={}) == 'the whole: "1" is not of type number or null'
    assert problem(-1, number, root={}) == "the whole: -1 breaks minimum 0"
    assert problem(None, {"type": "number"}, root={}) == "the whole: null is not of type number"
    assert all("null" not in inner.get("type", ()) for inner in every(result_schema()))
