"""JSON Schemas of the records that poseconvert reads again, from the types that read them.

Types, ranges and vocabularies are the annotations'; what a field means is the docstring's.
"""

import inspect
import json
import re
from pathlib import Path

import msgspec
from msgspec.inspect import DataclassType, Type, type_info

from poseconvert.conversion import golden, golden_record, manifest, parity_json, parity_record
from poseconvert.devices import plan, swift_package

FOLDER = Path(__file__).parent / "schemas"
DIALECT = "https://json-schema.org/draft/2020-12/schema"
#: The type, its schema's name, what it is written as, and whether it has all fields and no others.
RECORDS = (
    (manifest.Manifest, manifest.SCHEMA, "manifest.json of a conversion folder", True),
    (golden_record.GoldenRecord, golden.SCHEMA, "golden.json", False),
    (
        parity_record.ParityRecord,
        parity_json.SCHEMA,
        "parity.json, convert --json, diff --json",
        True,
    ),
    (plan.Plan, plan.SCHEMA, "plan.json of ios-bundle", True),
    (swift_package.PoseModel, swift_package.SCHEMA, "pose.json of ios-bundle --swift", True),
)


def files():
    """Give the text of every schema by its path."""
    return {
        FOLDER / f"{name.removeprefix('poseconvert.')}.schema.json": (
            json.dumps(schema(kind, name, title, closed), indent=1) + "\n"
        )
        for kind, name, title, closed in RECORDS
    }


def schema(kind, name, title, closed):
    """Write the schema of one record."""
    found = msgspec.json.schema(kind)["$defs"]
    classes = {one.__name__: one for one in dataclasses_in(type_info(kind))}
    defs = {key: described(found[key], classes[key], closed) for key in found}
    defs = {key: tidy(one, defs) for key, one in defs.items()}
    root = defs.pop(kind.__name__)
    given = {"const": name, "description": "Changes when a field changes its meaning."}
    return {
        "$schema": DIALECT,
        "title": title,
        **root,
        "required": ["schema", *root["required"]],
        "properties": {"schema": given, **root["properties"]},
        "$defs": {key: one for key, one in defs.items() if f'/{key}"' in json.dumps([root, defs])},
    }


def dataclasses_in(node, seen=None):
    """List the dataclasses that a type is made of."""
    seen = set() if seen is None else seen
    if isinstance(node, DataclassType) and node.cls not in seen:
        seen.add(node.cls)
        for field in node.fields:
            dataclasses_in(field.type, seen)
    for name in ("key_type", "value_type", "item_type", "item_types", "types"):
        inner = getattr(node, name, ())
        for one in [inner] if isinstance(inner, Type) else inner:
            dataclasses_in(one, seen)
    return seen


def described(found, cls, closed):
    """Put in what the docstring says of the record and of its fields."""
    text = inspect.getdoc(cls)
    summary, *sections = re.split(r"\n\n(?:Attributes|Parameters)\n-+\n", text)
    says = meanings(sections[0]) if sections else {}
    assert says.keys() == found["properties"].keys(), (
        cls,
        says.keys() ^ found["properties"].keys(),
    )
    return {
        "description": plain(summary),
        "type": "object",
        "required": list(says) if closed else found["required"],
        "properties": {
            name: {**one, "description": says[name]} for name, one in found["properties"].items()
        },
        **({"additionalProperties": False} if closed else {}),
    }


def meanings(section):
    """Read "name, name : text" or "name", with the text below it; by name."""
    found = {}
    body = re.split(r"\n\n(?=[A-Z]\w+\n-+)", section)[0]
    for entry in re.split(r"\n(?=\S)", body):
        names, _, text = re.sub(r"^([\w, ]+?)(?: : |\n)", r"\1\0", entry).partition("\0")
        found |= dict.fromkeys(names.split(", "), plain(text))
    return found


def plain(text):
    """Drop what marks code up, and begin with a capital unless a field's name begins."""
    words = " ".join(re.sub(r":\w+:`|`", "", text).split())
    return words[:1].upper() + words[1:] if re.match(r"[a-z]+\b", words) else words


def tidy(node, defs):
    """Say null by the type, one kind of item by items; a default is the reader's own."""
    if isinstance(node, list):
        return [tidy(one, defs) for one in node]
    if not isinstance(node, dict):
        return node
    node = {key: one for key, one in node.items() if key != "default"}
    if "anyOf" in node:
        node |= merged([tidy(one, defs) for one in node.pop("anyOf")], defs)
    if "prefixItems" in node:
        (item,) = {json.dumps(one) for one in node.pop("prefixItems")}
        node["items"] = json.loads(item)
    return {
        key: {name: tidy(one, defs) for name, one in value.items()}
        if key == "properties"
        else tidy(value, defs)
        for key, value in node.items()
    }


def merged(branches, defs):
    """Write alternatives of different types as one schema."""
    found = {}
    for branch in branches:
        ref = branch.get("$ref", "").rpartition("/")[2]
        one = tidy(defs[ref], defs) if ref else branch
        if "enum" in found or "enum" in one:
            values = [*found.get("enum", ()), *one.get("enum", [None])]
            found = {"enum": values}
            continue
        types = [found.get("type", []), one["type"]]
        flat = [word for given in types for word in ([given] if isinstance(given, str) else given)]
        assert not (found.keys() & one.keys()) - {"type", "description"}, (found, one)
        found = {**one, **found, "type": flat}
    return found
