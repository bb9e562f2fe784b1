"""Arrays that ran anywhere: how far they drift, and the joints in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from os import PathLike
from typing import TYPE_CHECKING, Any, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from poseconvert.decoding import PRESETS, DecodeSpec, chosen_specs
from poseconvert.decoding import decode as _decode
from poseconvert.drift import TOLERANCES, Run, Tolerance, verdict
from poseconvert.errors import DecodeError, UsageError, quoted
from poseconvert.face.array_results import ArrayDiff, Keypoints
from poseconvert.face.choices import AnyPath, pair_of
from poseconvert.pipeline.chain.evaluate import Evaluation, Link
from poseconvert.pipeline.chain.inputs import Inputs
from poseconvert.pipeline.chain.judge import judge_chain

if TYPE_CHECKING:
    from poseconvert.face.pictures import Pictures
    from poseconvert.face.results import Diff

#: One array, or arrays by name; N leads.
Arrays = ArrayLike | Mapping[str, ArrayLike]
#: A preset's name, a JSON file of specs, a spec, or several.
Decoder = AnyPath | DecodeSpec | Sequence[DecodeSpec]
_ONE = "output"
_END = "end_to_end/"


@overload
def compare(  # type: ignore[overload-overlap]  # a path is no array, though ArrayLike takes text
    reference: AnyPath,
    *candidates: AnyPath,
    decode: str | None = None,
    images: Pictures = (),
) -> Diff: ...


@overload
def compare(
    reference: Arrays,
    *candidates: Arrays,
    decode: Decoder | None = None,
    input_size: int | tuple[int, int] | None = None,
    tolerance: Tolerance | str | None = None,
) -> ArrayDiff: ...


def compare(
    reference: Any,
    *candidates: Any,
    decode: Any = None,
    images: Pictures = (),
    input_size: int | tuple[int, int] | None = None,
    tolerance: Tolerance | str | None = None,
) -> ArrayDiff | Diff:
    """Compare outputs, or artifacts, with a reference, as ``diff`` compares two artifacts.

    Parameters
    ----------
    reference : the trusted side: an array (N, ...), a mapping of them by output name, or the path
        of an artifact.
    candidates : those that are judged, each of the same form.
    images : what artifacts are run on; patterns without any. See
        :func:`poseconvert.face.pairs.compare_artifacts`.
    decode : read joints too: a preset's name, a JSON file of specs, a spec, or several.
    input_size : of the network's picture, a side or (H, W); needed by a preset.
    tolerance : ``fp32``, ``fp16``, ``compressed``, another row of the table of tolerances, or a
        ``Tolerance``. None: ``fp16`` where it or the reference is float16, else ``fp32``.

    Returns
    -------
    ArrayDiff : a comparison per candidate. One that lacks an output is never held.

    Raises
    ------
    UsageError : nothing to compare, or arrays without N leading, or no such tolerance.
    DecodeError : the reference does not fit the decoder.
    """
    if not candidates:
        raise UsageError("compare: no candidate. Give one array or mapping at least.")
    if all(isinstance(one, str | PathLike) for one in (reference, *candidates)):
        from poseconvert.face.pairs import compare_artifacts

        if input_size is not None or tolerance is not None:
            raise UsageError("compare: input_size and tolerance are for arrays. Omit them.")
        return compare_artifacts((reference, *candidates), images, decode=decode)
    trusted = _arrays(reference, where="reference")
    judged = [_arrays(one, where=f"candidate {n}") for n, one in enumerate(candidates, 1)]
    names = tuple(f"input {n + 1}" for n in range(_count(trusted)))
    heads = () if decode is None else _specs(decode, trusted, input_size)
    allowed = [_tolerance(tolerance, trusted, one) for one in judged]
    trusted, *judged = (_renamed(one, heads) for one in (trusted, *judged))
    poses = tuple(_decode(trusted, head) for head in heads)
    source = Link("reference", "source", None)
    runs = [Evaluation(source, Run(source.artifact), trusted, poses)]
    for number, (outputs, limit) in enumerate(zip(judged, allowed, strict=True), 1):
        link = Link(f"candidate {number}", "compare", None, limit)
        runs.append(_candidate(link, outputs, heads))
    found = judge_chain(runs, Inputs(names, {}), specs=heads, precision="fp32").comparisons
    return ArrayDiff(found, verdict(found))


def decode(
    outputs: Arrays, preset: Decoder, *, input_size: int | tuple[int, int] | None = None
) -> Keypoints:
    """Read the joints of a network's outputs.

    Parameters
    ----------
    outputs : a heatmap (N, C, H, W) or what else the only output is, or arrays by name.
    preset : a preset's name (see ``poseconvert.decoding.PRESETS``), a JSON file of specs, a
        spec, or several.
    input_size : of the network's picture, a side or (H, W); needed by a preset.

    Returns
    -------
    Keypoints : a pose per head, positions in pixels of the network's input.

    Raises
    ------
    UsageError : no input size for a preset, or no arrays of numbers.
    DecodeError : no such preset, or outputs that do not fit it.
    """
    arrays = _arrays(outputs, where="outputs")
    heads = _specs(preset, arrays, input_size)
    arrays = _renamed(arrays, heads)
    return Keypoints(tuple(_decode(arrays, head) for head in heads), heads)


def _candidate(
    link: Link, outputs: dict[str, NDArray[Any]], heads: Sequence[DecodeSpec]
) -> Evaluation:
    """Return a candidate as if it had run now; what cannot be decoded is a reason, not a pass."""
    run = Run(link.artifact)
    try:
        return Evaluation(link, run, outputs, tuple(_decode(outputs, head) for head in heads))
    except DecodeError as error:
        return Evaluation(link, run, outputs, reason=str(error))


def _arrays(given: Arrays, *, where: str) -> dict[str, NDArray[Any]]:
    several = given if isinstance(given, Mapping) else {_ONE: given}
    if not several:
        raise UsageError(f"{where}: no arrays. Give one, or some by name.")
    return {str(name): _array(value, f"{where}, {name}") for name, value in several.items()}


def _array(value: Any, where: str) -> NDArray[Any]:
    if hasattr(value, "detach"):  # a tensor of PyTorch, which may want gradients or lie elsewhere
        value = value.detach().cpu()
    try:
        array = np.asarray(value)
    except (TypeError, ValueError) as error:
        raise UsageError(f"{where}: is not an array of numbers ({error}). Give one.") from error
    if array.dtype.kind not in "fiub" or not array.ndim:
        raise UsageError(
            f"{where}: {array.dtype} {array.shape} is not an array of real numbers with N leading."
            " Give (N, ...)."
        )
    return array if array.dtype.kind == "f" else array.astype(np.float64)


def _count(reference: Mapping[str, NDArray[Any]]) -> int:
    counts = {name: len(values) for name, values in reference.items()}
    if len(set(counts.values())) > 1:
        found = ", ".join(f"{name} {count}" for name, count in counts.items())
        raise UsageError(f"reference: outputs of other N ({found}). N leads in every array.")
    return next(iter(counts.values()))


def _specs(
    decoder: Decoder,
    outputs: Mapping[str, NDArray[Any]],
    input_size: int | tuple[int, int] | None,
) -> tuple[DecodeSpec, ...]:
    if isinstance(decoder, DecodeSpec):
        return (decoder,)
    if isinstance(decoder, Iterable) and not isinstance(decoder, str):
        return tuple(decoder)
    if str(decoder) in PRESETS and input_size is None:
        raise UsageError(f"decode {decoder}: needs the input size. Give input_size, such as 257.")
    size = None if input_size is None else pair_of(input_size, name="input_size")
    shapes = {name: values.shape for name, values in outputs.items()}
    return chosen_specs(str(decoder), input_size=size, shapes=shapes)


def _renamed(
    outputs: dict[str, NDArray[Any]], heads: Sequence[DecodeSpec]
) -> dict[str, NDArray[Any]]:
    """Call an array without a name as the specs call the only output they read."""
    read = {name for head in heads for name in head.reads}
    if list(outputs) != [_ONE] or len(read) != 1:
        return outputs
    return {read.pop(): outputs[_ONE]}


def _tolerance(tolerance: Tolerance | str | None, *sides: Mapping[str, NDArray[Any]]) -> Tolerance:
    if isinstance(tolerance, Tolerance):
        return tolerance
    if tolerance is None:
        half = any(values.dtype == np.float16 for side in sides for values in side.values())
        tolerance = "fp16" if half else "fp32"
    found = TOLERANCES.get(f"{_END}{tolerance}") or TOLERANCES.get(tolerance)
    if found is None:
        known = [name.removeprefix(_END) for name in TOLERANCES]
        raise UsageError(f"tolerance {quoted(tolerance)}: not known. Use {', '.join(known)}.")
    return found
