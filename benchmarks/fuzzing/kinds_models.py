"""Kinds of mutants of models: packages, ONNX, and checkpoints of four forms."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial
from pathlib import Path

from fuzzing.kind import Kind
from fuzzing.mutators import onnx_graph, onnx_growth, package, raw, state_dicts, zips
from fuzzing.plan import Plan
from fuzzing.seed_models import SHAPE
from fuzzing.seed_packages import BUILDERS as PACKAGES
from fuzzing.seeds import Seeds

_WHOLE = 0.25
_SHAPE = ",".join(map(str, SHAPE))
_GRAPHS = ("plain", "ops", "subgraphs", "functions")
_SCRIPTS = ("torchscript", "scripted")
Change = Callable[[Path, random.Random], None]
Bytes = Callable[[bytes, random.Random], bytes]


def _package(seeds: Seeds, here: Path, rng: random.Random, *, change: Change) -> Plan:
    """Change a package: it is inspected, or done everything with that one can."""
    seed = rng.choice([*PACKAGES, "conversion/plain", "conversion/ops", "conversion/compressed"])
    path = "x.mlpackage"
    if seed.startswith("package/"):
        seeds.give(seed, here)
    else:
        inner = seeds.path(seed) / "c.poseconvert" / "model.mlpackage"
        _copy(inner, here / path)
    change(here / path, rng)
    command = ("inspect", path, "--quiet")
    if rng.random() < 0.3:
        return Plan(command)
    return Plan(command, action=("package", path, rng.choice(("fp16", "fp32"))))


def _onnx(
    seeds: Seeds, here: Path, rng: random.Random, *, change: Change, among: tuple[str, ...]
) -> Plan:
    """Change an ONNX file: it is inspected, or converted and its conversion judged."""
    if among:
        seeds.give(f"onnx/{rng.choice(among)}", here)
    change(here / "x.onnx", rng)
    if rng.random() > _WHOLE:
        return Plan(("inspect", "x.onnx", "--quiet"))
    return _converted("x.onnx")


def _converted(name: str, *options: str) -> Plan:
    argv = ("convert", name, "-o", "out", "--quiet", *options)
    return Plan(argv, writes=("out",), judged="out")


def _model(
    seeds: Seeds, here: Path, rng: random.Random, *, change: Bytes, among: tuple[str, ...]
) -> Plan:
    """Change a checkpoint: it is read and run once, or converted and its conversion judged."""
    seed = rng.choice(among)
    (path,) = seeds.give(f"model/{seed}", here).iterdir()
    path.write_bytes(change(path.read_bytes(), rng))
    known = seed in {"saved", "bare", "legacy", "safetensors"}
    options = () if known or seed == "exported" else ("--input", f"image:{_SHAPE}")
    plan = _converted(path.name, *options)
    if rng.random() < _WHOLE / 3:  # the exporter takes seconds
        return plan
    return Plan(plan.argv, action=("load", path.name, _SHAPE if options else ""),
                writes=plan.writes)  # fmt: skip


def _random(seeds: Seeds, here: Path, rng: random.Random) -> Plan:
    """Write random bytes that begin as some form of model does."""
    suffix = rng.choice(("pt", "pth", "pt2", "onnx", "safetensors", "mlmodel"))
    start = rng.choice((b"", b"PK\x03\x04", b"\x80\x02", b"\x10" + bytes(7) + b"{", b"\x08\x09"))
    (here / f"x.{suffix}").write_bytes(start + rng.randbytes(rng.choice((0, 1, 7, 100, 4000))))
    return Plan(("inspect", f"x.{suffix}", "--quiet"))


def _copy(source: Path, target: Path) -> None:
    import shutil

    shutil.copytree(source, target)


def _packages(name: str, weight: int, change: Change) -> Kind:
    return Kind(f"package/{name}", weight, partial(_package, change=change))


def _graphs(name: str, weight: int, change: Change, among: tuple[str, ...] = _GRAPHS) -> Kind:
    return Kind(f"onnx/{name}", weight, partial(_onnx, change=change, among=among))


def _models(name: str, weight: int, change: Bytes, among: tuple[str, ...]) -> Kind:
    return Kind(name, weight, partial(_model, change=change, among=among))


KINDS = (
    _packages("fields", 500, package.fields),
    _packages("structure", 350, package.structure),
    _packages("ops", 200, package.vocabulary),
    _packages("blobs", 300, package.weights),
    _packages("manifest", 120, package.manifest),
    _packages("places", 80, package.places),
    _packages("bytes", 200, package.any_bytes),
    _graphs("fields", 500, onnx_graph.fields),
    _graphs("structure", 350, onnx_graph.structure),
    _graphs("numbers", 150, onnx_graph.numbers),
    _graphs("external", 150, onnx_graph.external, ("external",)),
    _graphs("growth", 150, onnx_growth.mutate, ()),
    _graphs("bytes", 150, onnx_graph.any_bytes),
    _models("torch.save/archive", 250, zips.mutate, ("saved", "bare")),
    _models("torch.save/values", 200, state_dicts.saved, ("saved", "bare")),
    _models("torch.save/bytes", 150, raw.mutate, ("saved", "bare", "legacy", "legacy")),
    _models("safetensors/header", 250, state_dicts.safetensors, ("safetensors",)),
    _models("safetensors/bytes", 100, raw.mutate, ("safetensors",)),
    _models("torchscript/archive", 350, zips.mutate, _SCRIPTS),
    _models("torchscript/bytes", 100, raw.mutate, _SCRIPTS),
    _models("pt2/archive", 350, zips.mutate, ("exported",)),
    _models("pt2/bytes", 100, raw.mutate, ("exported",)),
    Kind("random/model", 60, _random),
)
