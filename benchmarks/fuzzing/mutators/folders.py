"""A conversion's folder: artifacts, goldens, records, entries; hashes mended as by a forger."""

from __future__ import annotations

import json
import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fuzzing.mutators import blob, json_text, onnx_graph, package, raw

Change = Callable[[Path, random.Random], None]


def forged(change: Change) -> Change:
    """Make ``change`` and write the hashes of what it changed wherever the old ones stood."""

    def both(folder: Path, rng: random.Random) -> None:
        before = known(folder)
        change(folder, rng)
        rehash(folder, before)

    return both


def known(folder: Path) -> dict[str, str]:
    """Return the hash of every file and package by its path."""
    from poseconvert.conversion.sha256 import digest
    from poseconvert.errors import PoseconvertError

    found = {}
    for path in folder.rglob("*"):
        if (path.is_file() or path.suffix == ".mlpackage") and not path.is_symlink():
            try:
                found[path.relative_to(folder).as_posix()] = digest(path)
            except (PoseconvertError, OSError):
                continue
    return found


def rehash(folder: Path, before: dict[str, str]) -> None:
    """Replace old hashes in every JSON file, until those of the JSON files fit as well."""
    for _ in range(4):
        now = known(folder)
        pairs = [(before[n].encode(), now[n].encode()) for n in now if n in before]
        pairs = [(old, new) for old, new in pairs if old != new]
        if not pairs:
            return
        for path in folder.rglob("*.json"):
            if path.is_file() and not path.is_symlink():
                data = path.read_bytes()
                for old, new in pairs:
                    data = data.replace(old, new)
                path.write_bytes(data)
        before = now


def artifact(folder: Path, rng: random.Random) -> None:
    """Change what a package or a graph of the conversion computes or says."""
    packages = sorted(folder.glob("*.mlpackage"))
    graphs = sorted(folder.glob("*.onnx"))
    if rng.random() < 0.6:
        how = rng.choice((package.fields, package.structure, package.weights, package.weights,
                          package.vocabulary, _weights, _weights, _weights))  # fmt: skip
        how(rng.choice(packages), rng)
    else:
        how = rng.choice((onnx_graph.fields, onnx_graph.structure, onnx_graph.numbers,
                          onnx_graph.numbers, onnx_graph.numbers))  # fmt: skip
        how(rng.choice(graphs), rng)


def _weights(where: Path, rng: random.Random) -> None:
    """Change stored numbers and nothing else."""
    path = where / package.WEIGHTS
    if not path.exists():
        return package.fields(where, rng)
    data = bytearray(path.read_bytes())
    for _ in range(rng.choice((1, 1, 5, 50))):
        blob.numbers(data, rng)
    path.write_bytes(data)
    return None


def goldens(folder: Path, rng: random.Random) -> None:
    """Change a stored input or output, or their record."""
    places = sorted(path for path in folder.rglob("golden/*") if path.is_file())
    path = rng.choice(places)
    if path.suffix == ".json":
        path.write_bytes(json_text.mutate(path.read_bytes(), rng))
    elif rng.random() < 0.3:
        path.write_bytes(raw.mutate(path.read_bytes(), rng))
    else:
        data = bytearray(path.read_bytes())
        for _ in range(rng.choice((1, 4, 200))):
            data[rng.randrange(len(data))] = rng.randrange(256)
        path.write_bytes(data)


def record(name: str) -> Change:
    """Return what changes one JSON file of the folder."""

    def change(folder: Path, rng: random.Random) -> None:
        path = folder / name
        how = raw.mutate if rng.random() < 0.1 else json_text.mutate
        path.write_bytes(how(path.read_bytes(), rng))

    return change


def entries(folder: Path, rng: random.Random) -> None:
    """Lose files, swap them, or put links, pipes, folders or far too large files in their place."""
    places = sorted(path for path in folder.rglob("*") if not path.is_symlink())
    path = rng.choice(places)
    how = rng.randrange(8)
    if how == 0:
        _remove(path)
    elif how == 1:
        other = rng.choice([one for one in places if one.is_file()])
        data = other.read_bytes()
        _remove(path)
        path.write_bytes(data)
    elif how == 2:
        _remove(path)
        os.symlink(rng.choice(("/dev/zero", "/etc/passwd", "/proc/self/mem", ".", "nowhere")), path)
    elif how == 3:
        outside = folder.with_name(f"outside{path.suffix}")
        shutil.move(path, outside)
        os.symlink(os.path.relpath(outside, path.parent), path)
    elif how == 4:
        _remove(path)
        os.mkfifo(path)
    elif how == 5:
        _remove(path)
        path.mkdir()
    elif how == 6 and path.is_file():
        os.truncate(path, rng.choice((0, 1, 2**30, 2**40)))
    else:
        names = (
            "model.onnx.data",
            "x" * 200,
            "new\nline",
            "\udcff.json",
            ".hidden",
            "Manifest.json",
        )
        (path if path.is_dir() else folder).joinpath(rng.choice(names)).write_bytes(b"{}")


def listed(folder: Path, rng: random.Random) -> None:
    """List other artifacts: one more, one less, another stage, another order."""
    path = folder / "manifest.json"
    manifest = json.loads(path.read_bytes())
    made: list[dict[str, Any]] = manifest["artifacts"]
    one, how = rng.choice(made), rng.randrange(6)
    if how == 0:
        made.remove(one)
    elif how == 1:
        name = f"other{Path(one['name']).suffix}"
        source = folder / one["name"]
        (shutil.copytree if source.is_dir() else shutil.copy)(source, folder / name)
        made.insert(rng.randrange(len(made) + 1), {**one, "name": name})
    elif how == 2:
        stages = ("source", "onnx_from_torch", "coreml_from_onnx", "compressed_from_coreml", "x")
        one["stage"] = rng.choice(stages)
    elif how == 3:
        one["format"] = rng.choice(("onnx", "mlpackage", "x", ""))
    elif how == 4:
        rng.shuffle(made)
    else:
        made.append(dict(one))
    path.write_text(json.dumps(manifest))


def verdicts(folder: Path, rng: random.Random) -> None:
    """Write that parity held, in some or all of the places that say so."""
    parity, manifest = folder / "parity.json", folder / "manifest.json"
    said, made = json.loads(parity.read_bytes()), json.loads(manifest.read_bytes())
    limits = {"relative": rng.choice((1e9, None, 1.0)), "psnr_db": rng.choice((None, -1e9, 1.0)),
              "joint_px": 1e9}  # fmt: skip
    for one in said["comparisons"]:
        if rng.random() < 0.9:
            _held(one, limits, rng)
    if rng.random() < 0.3:
        said["comparisons"] = [one for one in said["comparisons"] if rng.random() < 0.7]
    kept = {(one["stage"], one["candidate"]) for one in said["comparisons"]}
    for one in made["parity"]:
        one["parity"] = "held"
    if rng.random() < 0.7:
        made["parity"] = [p for p in made["parity"] if (p["stage"], p["candidate"]) in kept]
    for name in made.get("tolerances", {}):
        if rng.random() < 0.5:
            made["tolerances"][name] = {**made["tolerances"][name], **limits}
    if rng.random() < 0.8:
        made["verdict"] = said["verdict"] = "held"
    parity.write_text(json.dumps(said))
    manifest.write_text(json.dumps(made))


def _held(comparison: dict[str, Any], limits: dict[str, Any], rng: random.Random) -> None:
    """Let one comparison of ``parity.json`` say that it held, its numbers too at times."""
    comparison["tolerance"].update(limits)
    comparison["parity"], comparison["reasons"] = "held", []
    for output in comparison["outputs"]:
        output["reason"] = ""
        if rng.random() < 0.3 and output.get("drift"):
            output["drift"].update(max_abs=0.0, relative=0.0, psnr_db=None)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()
