"""What a checkpoint says of itself is checked in type and size before a network is built."""

import json
import math
import struct

import pytest
import torch
from safetensors.torch import save

from poseconvert.errors import ModelError
from poseconvert.network.checkpoint import FORMAT
from poseconvert.network.families import FAMILIES
from poseconvert.network.loading import load_source
from poseconvert.network.source import ModelOptions

TENSORS = {"w": torch.zeros(1)}
ODD = {
    "true": True,
    "false": False,
    "nothing": None,
    "text": "24",
    "a list": [24],
    "a table": {"a": 24},
    "deep": [[[[[[24]]]]]],
    "half": 24.5,
    "2**63": 2**63,
    "-2**63": -(2**63),
    "4,000 digits": 10**4000 - 1,
    "1e308": 1e308,
    "NaN": math.nan,
    "endless": math.inf,
    "a text of 100 kB": "x" * 100_000,
}


def fields():
    return [
        (family.name, name)
        for family in FAMILIES.values()
        for name in family.config_type.__dataclass_fields__
    ]


def own(architecture, config):
    header = {"format": FORMAT, "architecture": architecture, "config": config}
    return save(TENSORS, metadata=header)


def refusal(path):
    with pytest.raises(ModelError) as caught:
        load_source(path, ModelOptions())
    text = str(caught.value)
    assert text.startswith(f"{path}: ")
    assert "\n" not in text
    assert len(text) < len(str(path)) + 300
    return text


@pytest.mark.parametrize(("family", "field"), fields())
def test_every_field_of_every_family_refuses_what_is_of_another_type_or_size(
    tmp_path, family, field
):
    path = tmp_path / "model.safetensors"
    for name, value in ODD.items():
        path.write_bytes(own(family, json.dumps({field: value})))
        text = refusal(path)
        assert field in text or "does not fit" not in text, name
        assert "config" in text or "PoseNet" in text, name


@pytest.mark.parametrize(("family", "field"), fields())
def test_configs_made_in_python_take_no_truth_for_a_number(family, field):
    with pytest.raises(ModelError):
        FAMILIES[family].config_type(**{field: True})


HEADERS = {
    "longer than the file": struct.pack("<Q", 1 << 40) + b"{",
    "of 2**63": struct.pack("<Q", 1 << 63) + b"{}",
    "one byte too long": struct.pack("<Q", 3) + b"{}",
    "nested deep": struct.pack("<Q", 50_000) + b'{"a":' * 10_000,
    "offsets beyond the file": None,
    "a size of 2**62": None,
    "no UTF-8": struct.pack("<Q", 10) + b'{"\xff\xfe":{}}',
}


def header(tensor):
    text = json.dumps({"w": tensor}).encode()
    return struct.pack("<Q", len(text)) + text + bytes(4)


HEADERS["offsets beyond the file"] = header(
    {"dtype": "F32", "shape": [1], "data_offsets": [0, 1 << 50]}
)
HEADERS["a size of 2**62"] = header({"dtype": "F32", "shape": [1 << 62], "data_offsets": [0, 4]})

CONFIGS = {
    "nested 100,000 deep": "[" * 100_000,
    "nested 65 deep": '{"a":' + "[" * 65 + "]" * 65 + "}",
    "a number of 100,000 digits": '{"joints": ' + "9" * 100_000 + "}",
    "cut short": '{"joints": ',
    "a list": "[]",
    "a text": '"x"',
    "a name of 100 kB": json.dumps({"x" * 100_000: 1}),
    "100,000 names": json.dumps({f"x{i}": 1 for i in range(100_000)}),
    "a name of control characters": json.dumps({"\x1b[2J": 1}),
    "a network of a billion weights": json.dumps(
        {"width": 2.0, "joints": 512, "depth": 256, "input_size": 2048}
    ),
}


@pytest.mark.parametrize("name", [*HEADERS, *CONFIGS])
def test_a_header_that_asks_for_too_much_is_one_line(limited, tmp_path, name):
    path = tmp_path / "model.safetensors"
    dual_head = "dual_head_mobilenet_v1"
    path.write_bytes(HEADERS[name] if name in HEADERS else own(dual_head, CONFIGS[name]))
    said = limited("checkpoint", path)
    assert said.startswith(f"ModelError: {path}: "), said
    assert said.endswith((".", "?")), said
    assert "\n" not in said


def test_a_billion_weights_are_counted_not_made(tmp_path):
    path = tmp_path / "model.safetensors"
    path.write_bytes(own("dual_head_mobilenet_v1", CONFIGS["a network of a billion weights"]))
    assert "weights, more than 268,435,456. Give fewer joints" in refusal(path)


@pytest.mark.parametrize("name", FAMILIES)
def test_the_default_of_every_family_is_within_its_budget(name):
    family = FAMILIES[name]
    network, _ = family.build(family.config({}))
    assert not any(parameter.is_meta for parameter in network.parameters())
