"""The schema is the truth, and our checker of it knows every keyword it uses."""

import copy
import json
from pathlib import Path

import pytest

from poseconvert.devices.schema import KEYWORDS, problem, result_schema

HARNESS = Path(__file__).parents[2] / "ios_harness"
ROOT = result_schema()


def check(value):
    return problem(value, ROOT, root=ROOT)


@pytest.fixture
def result():
    return json.loads((HARNESS / "samples/a12/latency-dual_head-all-0.json").read_text())


def schemas(schema):
    """Every schema inside a schema."""
    yield schema
    for group in ("properties", "$defs"):
        for inner in schema.get(group, {}).values():
            yield from schemas(inner)
    for inner in (schema.get("items"), schema.get("additionalProperties")):
        if isinstance(inner, dict):
            yield from schemas(inner)


def test_the_checker_knows_every_keyword_of_the_schema():
    used = {keyword for schema in schemas(ROOT) for keyword in schema}
    assert used <= KEYWORDS


def test_everything_is_bounded():
    for schema in schemas(ROOT):
        if schema.get("type") in ("integer", "number"):
            assert "minimum" in schema
            assert "maximum" in schema
        if schema.get("type") == "array":
            assert "maxItems" in schema
        if schema.get("type") == "string":
            assert "maxLength" in schema


def test_the_harness_links_to_the_one_schema():
    assert json.loads((HARNESS / "schema/result.v1.schema.json").read_text()) == ROOT


@pytest.mark.parametrize("path", sorted(HARNESS.glob("samples/a1*/*.json")), ids=lambda p: p.stem)
def test_what_swift_writes_fits_the_schema(path):
    assert check(json.loads(path.read_text())) == ""


def places(schema, value, trail=()):
    """Every place of an object in a value, with its schema."""
    while "$ref" in schema:
        schema = ROOT["$defs"][schema["$ref"].rpartition("/")[2]]
    if isinstance(value, dict):
        yield trail, schema
        for name, inner in schema.get("properties", {}).items():
            if name in value:
                yield from places(inner, value[name], (*trail, name))
    if isinstance(value, list) and value:
        yield from places(schema["items"], value[0], (*trail, 0))


def at(value, trail):
    for step in trail:
        value = value[step]
    return value


@pytest.mark.parametrize("kind", ["latency", "sustained", "parity", "load"])
def test_every_required_name_is_missed_and_every_unknown_one_refused(kind):
    value = json.loads((HARNESS / f"samples/a12/{kind}-dual_head-all-0.json").read_text())
    tried = 0
    for trail, schema in list(places(ROOT, value)):
        for name in schema.get("required", ()):
            damaged = copy.deepcopy(value)
            del at(damaged, trail)[name]
            assert f"{name} is missing" in check(damaged)
            damaged = copy.deepcopy(value)
            at(damaged, trail)[name] = None
            assert check(damaged), f"{trail} {name}: null was taken"
            tried += 1
        damaged = copy.deepcopy(value)
        at(damaged, trail)["surprise"] = 1
        assert '"surprise" is unknown' in check(damaged)
    assert tried > 30


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            lambda v: v["latency"].update(fps=float("nan")),
            "latency.fps: NaN is not a finite number",
        ),
        (lambda v: v["latency"].update(fps=-1), "latency.fps: -1 breaks minimum 0"),
        (lambda v: v["latency"].update(fps=True), "latency.fps: true is not of type number"),
        (lambda v: v["latency"].update(samples_us=[]), "breaks minItems 1"),
        (lambda v: v["latency"]["samples_us"].append(1.5), "1.5 is not of type integer"),
        (lambda v: v.update(kind="guess"), 'kind: "guess" is not one of parity, load'),
        (lambda v: v.update(schema="other"), "is not poseconvert.ios-result.v1"),
        (lambda v: v.update(run_id=""), "breaks minLength 1"),
        (lambda v: v.update(run_id="x" * 5000), "breaks maxLength 4096"),
        (lambda v: v["device"].update(battery=1.5), "device.battery: 1.5 breaks maximum 1"),
    ],
)
def test_a_wrong_value_is_named_with_its_place(result, change, words):
    change(result)
    assert words in check(result)
