"""The compressed package beside the package it was made from: its parity, its size, its traffic."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from poseconvert.conversion.manifest import CompressRecord
from poseconvert.decoding import DecodeSpec
from poseconvert.mil import moved_bytes, read_package
from poseconvert.pipeline.chain.evaluate import ChainResult, Progress, evaluate
from poseconvert.pipeline.chain.inputs import Inputs
from poseconvert.pipeline.chain.judge import judge_chain
from poseconvert.pipeline.chain.links import compressed_links
from poseconvert.pipeline.chain.sizes import AtSize, judged_at, with_sizes
from poseconvert.stages.compressed_from_coreml import Compression, compressed_from_coreml
from poseconvert.stages.coreml_options import Precision
from poseconvert.stages.stage import COMPRESSED, PACKAGE


def compress_package(
    folder: Path, compression: Compression, precision: Precision, *, progress: Progress
) -> CompressRecord:
    """Make ``model.compressed.mlpackage`` of ``model.mlpackage`` and weigh both.

    Raises
    ------
    StageError : there is nothing to compress, or it fails.
    """
    progress(f"compressed_from_coreml ({compression})")
    before, after = folder / PACKAGE, folder / COMPRESSED
    weights = compressed_from_coreml(
        before, after, compression=compression, half=precision == "fp16"
    )
    return CompressRecord(
        compression=compression,
        weights=len(weights),
        disk_before=_nbytes(before),
        disk_after=_nbytes(after),
        moved_before=moved_bytes(read_package(before)),
        moved_after=moved_bytes(read_package(after)),
    )


def with_compressed(
    folder: Path,
    result: ChainResult,
    inputs: Inputs,
    *,
    specs: Sequence[DecodeSpec],
    precision: Precision,
    sizes: Sequence[AtSize],
    progress: Progress,
) -> ChainResult:
    """Run the compressed package too, and judge the chain up to it, and it at other sizes."""
    links = compressed_links(folder, precision=precision)
    added = evaluate(links, inputs, specs=specs, progress=progress)
    chain = judge_chain([*result.evaluations, *added], inputs, specs=specs, precision=precision)
    known = {comparison.stage for comparison in chain.comparisons}
    before = [row for row in result.comparisons if row.stage not in known]
    rows = judged_at(sizes, links, precision=precision, progress=progress)
    return with_sizes(chain, [*before, *rows])


def _nbytes(package: Path) -> int:
    return sum(file.stat().st_size for file in package.rglob("*") if file.is_file())
