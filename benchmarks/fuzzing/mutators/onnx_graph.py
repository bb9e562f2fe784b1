"""ONNX: fields, structure, external data; subgraphs and functions are among the seeds."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path

from fuzzing.mutators import protobuf, raw

_WORDS = (
    "Conv", "Relu", "If", "Loop", "Scan", "Expand", "Resize", "Tile", "ConstantOfShape", "Pad",
    "Gather", "Reshape", "Split", "Concat", "MatMul", "Gemm", "Einsum", "SequenceAt", "Identity",
    "Optional", "StringNormalizer", "TfIdfVectorizer", "RandomNormal", "Range", "NonZero", "Cast",
    "LSTM", "QuantizeLinear", "ai.onnx", "ai.onnx.ml", "com.microsoft", "ai.onnx.training",
    "local", "FusedConv", "then_branch", "else_branch", "body", "value", "axis", "axes", "pads",
    "strides", "kernel_shape", "dilations", "group", "to", "shape", "mode",
)  # fmt: skip
_ESCAPES = (
    "/etc/passwd", "../weights.bin", "", ".", "no.bin", "weights.bin/", "a" * 5000, "\0", "link",
    "pipe", "zero",
)  # fmt: skip


def fields(path: Path, rng: random.Random) -> None:
    """Change attributes, dims, initialisers, names, op types, domains and opsets."""
    _message(path, rng, rng.choice((protobuf.mutate, protobuf.disturb)))


def structure(path: Path, rng: random.Random) -> None:
    """Lose, repeat, swap or graft nodes, graphs, functions, tensors."""
    _message(path, rng, protobuf.rearrange)


def any_bytes(path: Path, rng: random.Random) -> None:
    path.write_bytes(raw.mutate(path.read_bytes(), rng))


def numbers(path: Path, rng: random.Random) -> None:
    """Change weights and float attributes: what a forger would."""
    import onnx

    model = onnx.load(path, load_external_data=False)
    for _ in range(rng.choice((1, 1, 3))):
        protobuf.payload(model, rng, ())
    path.write_bytes(model.SerializeToString())


def external(path: Path, rng: random.Random) -> None:
    """Change where a tensor of ``path`` lies, how long it is, or the file it lies in."""
    import onnx

    model = onnx.load(path, load_external_data=False)
    stored = [t for t in model.graph.initializer if t.external_data]
    data = path.with_name("weights.bin")
    how = rng.randrange(6)
    if how == 0:
        data.write_bytes(raw.mutate(data.read_bytes(), rng))
    elif how == 1:
        data.unlink()
        rng.choice((data.mkdir, lambda: os.mkfifo(data), lambda: os.symlink("/dev/zero", data)))()
    else:
        if how == 2:
            os.symlink("/etc/passwd", path.with_name("link"))
            os.mkfifo(path.with_name("pipe"))
            os.symlink("/dev/zero", path.with_name("zero"))
        for tensor in rng.sample(stored, rng.randint(1, len(stored))):
            entry = rng.choice(tensor.external_data)
            entry.key = rng.choice(
                (entry.key, entry.key, "location", "offset", "length", "basepath")
            )
            numbers_ = [str(one) for one in raw.BOUNDARIES]
            entry.value = rng.choice(_ESCAPES if entry.key == "location" else [*numbers_, "x", ""])
            if rng.random() < 0.2:
                del tensor.dims[:]
                tensor.dims.extend([rng.choice(raw.BOUNDARIES) % 2**62, 1])
    path.write_bytes(model.SerializeToString())


def _message(path: Path, rng: random.Random, how: Callable[..., protobuf.Message]) -> None:
    import onnx

    model = onnx.ModelProto.FromString(path.read_bytes())
    path.write_bytes(how(model, rng, words=_WORDS).SerializeToString())
