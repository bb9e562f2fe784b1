"""A Core ML package with its weights in fewer bits: int8, or a palette per weight."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from poseconvert import fields
from poseconvert.errors import StageError
from poseconvert.stages.coreml_options import Target
from poseconvert.stages.coreml_package import quiet_coremltools, settle
from poseconvert.stages.palette import palette
from poseconvert.stages.stage import Work

Compression = fields.Compression
COMPRESSIONS: tuple[Compression, ...] = get_args(Compression)

Names = tuple[str, ...]

# Smaller weights stay as they are: they are few bytes, and a palette of their own is as large.
_LEAST = 2048


def refuse_target(target: Target) -> None:
    """Refuse an iOS that cannot read compressed weights, before long work.

    Raises
    ------
    StageError : it is iOS 15.
    """
    if target == "iOS15":
        raise StageError(
            "compressed_from_coreml: iOS15 reads no compressed weights. Give --target iOS16 or"
            " newer, or omit --compress."
        )


def compressed_from_coreml(
    source: Path, path: Path, *, compression: Compression, half: bool
) -> tuple[str, ...]:
    """Compress the package at ``source`` into another at ``path``; return the names of weights.

    ``int8`` has one scale per output channel, ``palette8``, ``palette6`` and ``palette4`` have
    256, 64 and 16 values per weight.

    Parameters
    ----------
    half : whether the package is float16; what stays float32 in one is not compressed.

    Raises
    ------
    StageError : no weight can be compressed, or other inputs or outputs come out.
    """
    with quiet_coremltools():
        work = _CompressedFromCoreml(source, compression, half)
        _, chosen = work.to(path)
    return chosen


@dataclass(frozen=True, slots=True)
class _CompressedFromCoreml(Work[tuple[Any, Names], tuple[Any, Names]]):
    source: Path
    compression: Compression
    half: bool

    def requires(self) -> tuple[Any, Names]:
        import coremltools as ct
        import coremltools.optimize.coreml as optimize

        package = ct.models.MLModel(str(self.source), skip_model_load=True)
        with self._explained():
            weights = optimize.get_weights_metadata(package, weight_threshold=_LEAST)
            chosen = tuple(name for name, one in weights.items() if _worth(one.val, self.half))
        if not chosen:
            raise StageError(
                f"compressed_from_coreml: {self.source.name} has no weight of more than {_LEAST}"
                " elements that may be compressed. Omit --compress."
            )
        return package, chosen

    def run(self, given: tuple[Any, Names]) -> tuple[Any, Names]:
        import coremltools.optimize.coreml as optimize

        package, chosen = given
        quantized = self.compression == "int8"
        with self._explained():
            config = optimize.OptimizationConfig(
                op_name_configs={name: _config(self.compression) for name in chosen}
            )
            compress = optimize.linear_quantize_weights if quantized else optimize.palettize_weights
            return compress(package, config), chosen

    def ensures(self, given: tuple[Any, Names], made: tuple[Any, Names]) -> None:
        _same_interface(given[0], made[0])

    def write(self, made: tuple[Any, Names], path: Path) -> None:
        made[0].save(str(path))
        settle(path)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # coremltools raises Python's own types
            raise StageError(
                f"compressed_from_coreml ({self.compression}): fails: {error}. Give another"
                " --compress."
            ) from error


def _worth(weight: NDArray[Any], half: bool) -> bool:
    """Whether compressing a weight saves more than it costs.

    Depthwise weights are 1 to 4 % of a MobileNet, and one palette does not fit channels that
    differ in size: with them palette8 of the reference model falls from 50.9 to 48.6 dB, palette4
    from 31.4 to 26.2. What stays float32 in a float16 package is what rounding hurts most.
    """
    depthwise = weight.ndim >= 3 and weight.shape[1] == 1
    return weight.size > _LEAST and not depthwise and not (half and weight.dtype == np.float32)


def _config(compression: Compression) -> Any:
    import coremltools.optimize.coreml as optimize

    if compression == "int8":
        return optimize.OpLinearQuantizerConfig(
            mode="linear_symmetric",
            dtype="int8",
            granularity="per_channel",
            weight_threshold=_LEAST,
        )
    bits = int(compression.removeprefix("palette"))
    return optimize.OpPalettizerConfig(
        mode="custom", lut_function=partial(palette, bits=bits), weight_threshold=_LEAST
    )


def _same_interface(package: Any, compressed: Any) -> None:
    """Refuse a package with other inputs or outputs than it was made from."""
    before, after = (one.get_spec().description for one in (package, compressed))
    if list(before.input) != list(after.input) or list(before.output) != list(after.output):
        raise StageError(
            "compressed_from_coreml: it changed the inputs or outputs. Omit --compress."
        )
