"""A ``.mlpackage`` folder, changed where it lies: model, weights, manifest or the files as such."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

from fuzzing.mutators import blob, json_text, protobuf, raw

MODEL = "Data/com.apple.CoreML/model.mlmodel"
WEIGHTS = "Data/com.apple.CoreML/weights/weight.bin"
MANIFEST = "Manifest.json"


def fields(package: Path, rng: random.Random) -> None:
    """Change fields of the model's message; every third time where weights lie."""
    how = rng.choice((protobuf.mutate, protobuf.disturb, blob_offsets))
    _message(package, rng, how)


def structure(package: Path, rng: random.Random) -> None:
    """Lose, repeat, swap or graft operations, arguments, blocks, types."""
    _message(package, rng, protobuf.rearrange)


def vocabulary(package: Path, rng: random.Random) -> None:
    """Give an operation another type, a function another opset."""
    _message(package, rng, _renamed_ops)


def weights(package: Path, rng: random.Random) -> None:
    _file(package, WEIGHTS if (package / WEIGHTS).exists() else MODEL, rng, blob.mutate)


def manifest(package: Path, rng: random.Random) -> None:
    _file(package, MANIFEST, rng, json_text.mutate if rng.random() < 0.8 else raw.mutate)


def any_bytes(package: Path, rng: random.Random) -> None:
    present = [name for name in (MODEL, WEIGHTS) if (package / name).exists()]
    _file(package, rng.choice(present), rng, raw.mutate)


def places(package: Path, rng: random.Random) -> None:
    """Lead a path out of the package, to a link, or to nothing."""
    path = package / MANIFEST
    content = json.loads(path.read_bytes())
    entry = rng.choice(list(content["itemInfoEntries"].values()))
    entry["path"] = rng.choice(
        ("../../x", "/etc/passwd", "", ".", "com.apple.CoreML", "a" * 5000, "\0", "Manifest.json")
    )
    if rng.random() < 0.5:
        path.write_text(json.dumps(content))
        return
    target = rng.choice([p for p in (package / MODEL, package / WEIGHTS, path) if p.exists()])
    target.unlink()
    os.symlink(rng.choice(("/dev/zero", "/etc/passwd", "../../..", target.name)), target)


def blob_offsets(
    message: protobuf.Message, rng: random.Random, *, words: Sequence[str] = ()
) -> protobuf.Message:
    """Point a weight at another blob, between two, or outside the file."""
    found = [m for m in protobuf.messages(message) if m.DESCRIPTOR.name == "BlobFileValue"]
    if not found:
        return protobuf.disturb(message, rng, words=words)
    changed = type(message)()
    changed.CopyFrom(message)
    found = [m for m in protobuf.messages(changed) if m.DESCRIPTOR.name == "BlobFileValue"]
    one, other = rng.choice(found), rng.choice(found)
    offset = other.offset
    one.offset = rng.choice((offset, offset + 64, offset + 1, *raw.BOUNDARIES)) % 2**64
    return changed


@cache
def ops() -> tuple[str, ...]:
    """Names of every MIL op, and some that are not."""
    import coremltools.converters.mil  # noqa: F401  (registers them)
    from coremltools.converters.mil.mil.ops.registry import SSAOpRegistry

    return (*sorted(SSAOpRegistry.core_ops), "custom", "CoreML7", "CoreML99", "nope", "")


def _renamed_ops(
    message: protobuf.Message, rng: random.Random, *, words: Sequence[str] = ()
) -> protobuf.Message:
    changed = type(message)()
    changed.CopyFrom(message)
    found = [m for m in protobuf.messages(changed) if m.DESCRIPTOR.name == "Operation"]
    for _ in range(rng.choice((1, 1, 3))):
        if found:
            one = rng.choice(found)
            one.type = rng.choice([*words, *(m.type for m in found)])
    return changed


def _message(package: Path, rng: random.Random, how: Callable[..., protobuf.Message]) -> None:
    from coremltools.proto import Model_pb2

    message = Model_pb2.Model.FromString((package / MODEL).read_bytes())
    (package / MODEL).write_bytes(how(message, rng, words=ops()).SerializeToString())


def _file(
    package: Path, name: str, rng: random.Random, how: Callable[[bytes, random.Random], bytes]
) -> None:
    (package / name).write_bytes(how((package / name).read_bytes(), rng))
