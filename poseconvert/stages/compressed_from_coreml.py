"""A Core ML package with its weights in fewer bits: int8, or a palette per weight."""

from __future__ import annotations

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

Compression = fields.Compression
COMPRESSIONS: tuple[Compression, ...] = get_args(Compression)

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
    import coremltools as ct
    import coremltools.optimize.coreml as optimize

    with quiet_coremltools():
        package = ct.models.MLModel(str(source), skip_model_load=True)
        try:
            weights = optimize.get_weights_metadata(package, weight_threshold=_LEAST)
            chosen = tuple(name for name, one in weights.items() if _worth(one.val, half))
            if not chosen:
                raise StageError(
                    f"compressed_from_coreml: {source.name} has no weight of more than {_LEAST}"
                    " elements that may be compressed. Omit --compress."
                )
            config = optimize.OptimizationConfig(
                op_name_configs={name: _config(compression) for name in chosen}
            )
            compress = (
                optimize.linear_quantize_weights
                if compression == "int8"
                else optimize.palettize_weights
            )
            compressed = compress(package, config)
        except StageError:
            raise
        except Exception as error:  # coremltools raises Python's own types
            raise StageError(
                f"compressed_from_coreml ({compression}): fails: {error}. Give another --compress."
            ) from error
        _same_interface(package, compressed)
        compressed.save(str(path))
    settle(path)
    return chosen


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
