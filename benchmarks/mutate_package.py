"""Break the package in 40 places, one at a time, and see which the tests of its room notice.

    python benchmarks/mutate_package.py --work /tmp/mutants             # all: about an hour
    python benchmarks/mutate_package.py --work /tmp/mutants --only 7    # that one again
    python benchmarks/mutate_package.py --list

A place is a file, a fragment that stands in it once, and what to write instead: the same places
before and after a change of the tests show what the change lost. Each is made in a copy of the
tree below ``--work``, where ``mutants.json`` keeps what came out; a run goes on where it was.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LEFT_OUT = (".git", ".venv", "__pycache__", ".*_cache", "runs", "*.poseconvert", "site")

#: Tests that judge a room, quickest first. They run until the first that fails.
ROOMS = {
    "decoding": ["decoding"],
    "drift": ["drift"],
    "ops": ["mil/ops"],
    "executor": ["mil/executor", "mil/analysis", "mil/package"],
    "runners": ["runners", "pipeline/chain"],
    "conversion": ["conversion", "cli/test_strangers_records.py"],
    "fence": ["fence", "test_files.py", "cli/test_fencing.py"],
    "network": ["network"],
    "graph": ["graph"],
    "cli": ["cli/test_options.py", "cli/test_diff_recheck.py", "cli/test_diff_command.py"],
    "reports": ["reports"],
    "chain": ["pipeline/chain", "pipeline/diff"],
}

#: Room; file below ``poseconvert/``; what stands there once; what to write instead.
PLACES = (
    ("decoding", "decoding/decode.py", "self.score >= VISIBLE_SCORE", "self.score > VISIBLE_SCORE"),
    ("decoding", "decoding/decode.py", "~(score > spec.threshold)", "~(score >= spec.threshold)"),
    ("decoding", "decoding/refine.py", "(x > 1) & (x < width - 1)", "(x > 0) & (x < width - 1)"),
    ("decoding", "decoding/refine.py", "0.25 * (before > after)", "0.25 * (before >= after)"),
    ("decoding", "decoding/geometry.py", "[width, height, width]", "[height, width, width]"),
    ("decoding", "decoding/margin.py", "np.minimum(lead, _presence", "np.maximum(lead, _presence"),
    ("drift", "drift/tensors.py", "(self.high - self.low) or self.peak", "self.peak"),
    ("drift", "drift/tensors.py", "difference[flat] > self.largest", "difference[flat] > 1e30"),
    ("drift", "drift/joints.py", "margin[n, j] > 2 * heat", "margin[n, j] > heat"),
    ("drift", "drift/joints.py", "where(reference.absent != cand", "where(reference.absent > cand"),
    ("drift", "drift/comparison.py", 'joint.band == "visible":', 'joint.band != "absent":'),
    ("drift", "drift/comparison.py", "if found == {Parity.HELD} else", "if found else"),
    ("drift", "drift/outputs.py", "not part.relative <= allowed", "part.relative > 2 * allowed"),
    ("ops", "mil/ops/conv/conv.py", "if any(before != after for", "if all(before != after for"),
    ("ops", "mil/ops/pool/avg_pool.py", "starts.clamp(min=before)", "starts.clamp(min=0)"),
    ("ops", "mil/ops/image_resizing/grids.py", "clamp(min=1) / count", "clamp(min=0) / count"),
    ("ops", "mil/ops/image_resizing/grids.py", "(2 * torch.arange(count) + 1)",
     "(2 * torch.arange(count))"),
    ("ops", "mil/ops/shared/padding.py", "total // 2, total - total // 2",
     "total - total // 2, total // 2"),
    ("ops", "mil/ops/reduction/axes.py", "axis % x.ndim for", "abs(axis) for"),
    ("ops", "mil/ops/constexpr_ops/constexpr_lut_to_dense.py", "16: 4, 64: 6", "16: 4, 64: 8"),
    ("executor", "mil/executor/precision.py", 'precision in ("fp16", "fp16-accumulate")',
     'precision in ("fp16",)'),
    ("executor", "mil/executor/fuse_clamps.py", "readers[x] == 1 and", "readers[x] >= 1 and"),
    ("executor", "mil/executor/inputs.py", 'if feature.colour_space == "BGR" and', "if False and"),
    ("executor", "mil/package/features.py", "size <= high", "size < high"),
    ("executor", "mil/analysis/cost.py", "(r in stored) == weights", "(r in stored) != weights"),
    ("runners", "runners/runner.py", "min(index, len(self) - 1)", "min(index, 0)"),
    ("runners", "runners/runner.py", "size > 1 else 1", "size > 2 else 1"),
    ("runners", "runners/onnx.py", "ORT_DISABLE_ALL", "ORT_ENABLE_ALL"),
    ("conversion", "conversion/manifest.py", "digest(path, inside=folder) != sha256", "False"),
    ("conversion", "conversion/golden.py", "if len(data) != stored.nbytes:", "if not data:"),
    ("conversion", "conversion/promise.py", "if manifest.verdict == follows:",
     'if manifest.verdict in (follows, "held"):'),
    ("conversion", "conversion/ours.py", "return _hash(folder) in _known()", "return True"),
    ("fence", "files.py", "if size > limit:", "if size > 2 * limit:"),
    ("fence", "fence/limits.py", "if chosen.isdecimal() and", "if chosen and"),
    ("network", "network/vet_exported.py", 'key == "guards_code" and value', "False"),
    ("network", "network/archive.py", "len(names) < len(read) or", ""),
    ("graph", "graph/cost.py", "transposed else -1", "transposed else 0"),
    ("cli", "cli/options.py", "or value < 0:", "or value < -1:"),
    ("cli", "cli/outcome.py", "0 if found.held else 1", "0"),
    ("reports", "reports/joints.py", "joint.displacement_px for joint in still if joint.judged",
     "joint.displacement_px for joint in still[:1] if joint.judged"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mutant:
    """One place of the package, broken."""

    number: int
    room: str
    file: str
    fragment: str
    instead: str

    def __str__(self) -> str:
        return f"{self.number:2} {self.file}: {self.fragment!r} -> {self.instead!r}"

    def written(self, text: str) -> str:
        """Return the file's text with the fragment replaced, which must stand in it once."""
        if text.count(self.fragment) != 1:
            raise SystemExit(f"{self}: stands there {text.count(self.fragment)} times, not once")
        return text.replace(self.fragment, self.instead)


MUTANTS = [Mutant(number, *place) for number, place in enumerate(PLACES, start=1)]


def copied(work: Path) -> Path:
    """Copy the tree anew, with the shared assets beside it where there are any."""
    tree = work / "tree"
    shutil.rmtree(tree, ignore_errors=True)
    shutil.copytree(ROOT, tree, ignore=shutil.ignore_patterns(*LEFT_OUT), symlinks=True)
    shared = work / "shared"
    if (ROOT.parent / "shared").is_dir() and not shared.exists():
        shared.symlink_to(ROOT.parent / "shared")
    return tree


def tested(tree: Path, room: str) -> tuple[bool, str]:
    """Say whether the tests of a room pass, and the first that does not."""
    paths = [f"parity_tests/{path}" for path in ROOMS[room]]
    asked = ["-x", "-q", "-m", "not slow", "-p", "no:cacheprovider", *paths]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *asked],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode not in (0, 1, 2):  # 2: a file of tests cannot even be imported
        raise SystemExit(f"the tests of {room} did not run: {done.stdout[-500:]}{done.stderr}")
    named = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    return done.returncode == 0, named[0][:200] if named else ""


def run(mutant: Mutant, tree: Path) -> dict[str, object]:
    """Say what came of a mutant: caught by which test, or survived."""
    path = tree / "poseconvert" / mutant.file
    whole = path.read_text()
    path.write_text(mutant.written(whole))
    try:
        survived, by = tested(tree, mutant.room)
    finally:
        path.write_text(whole)
    return {"file": mutant.file, "fragment": mutant.fragment, "survived": survived, "by": by}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, help="folder of the copy and of what came out")
    parser.add_argument("--only", type=int, nargs="+", metavar="N", help="these, again")
    parser.add_argument("--list", action="store_true", help="name the places and end")
    asked = parser.parse_args()
    for mutant in MUTANTS:
        mutant.written((ROOT / "poseconvert" / mutant.file).read_text())
    if asked.list:
        print(*MUTANTS, sep="\n")
        return
    if asked.work is None:
        parser.error("give --work, a folder for the copy of the tree")
    asked.work.mkdir(parents=True, exist_ok=True)
    results = asked.work / "mutants.json"
    known = json.loads(results.read_text()) if results.exists() else {}
    chosen = [m for m in MUTANTS if m.number in (asked.only or range(len(MUTANTS) + 1))]
    tree = copied(asked.work)
    for mutant in chosen:
        if asked.only or str(mutant.number) not in known:
            known[str(mutant.number)] = run(mutant, tree)
            results.write_text(json.dumps(known, indent=1) + "\n")
        found = known[str(mutant.number)]
        print(f"{'SURVIVED' if found['survived'] else 'caught  '} {mutant}  {found['by']}")
        sys.stdout.flush()
    survived = sum(bool(known[str(mutant.number)]["survived"]) for mutant in chosen)
    print(f"{len(chosen) - survived} of {len(chosen)} caught")


if __name__ == "__main__":
    main()
