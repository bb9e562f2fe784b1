"""Pictures given to the candidate otherwise than to the reference.

The reference runs on what a fault would make of the input; where it then answers as the
candidate did, that fault is the cause.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from poseconvert.errors import PoseconvertError
from poseconvert.pipeline.chain.measurement import Diagnosis
from poseconvert.pipeline.diagnose.hypothesis import Broken, on_axis, sentence
from poseconvert.runners.runner import Batch

Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Normalization:
    """What the graph does to a picture first: ``x * scale + bias``, per channel."""

    scale: Array
    bias: Array


@dataclass(frozen=True, slots=True)
class _Hypothesis:
    cause: str
    looks: str
    cure: str
    given: Callable[[Array], Array]


def input_causes(broken: Broken, normalization: Normalization | None) -> Iterator[Diagnosis]:
    """Try every way of giving a picture wrongly; the ones that fit, best first."""
    if broken.inputs.shown.dtype != np.uint8 or len(broken.inputs.values) > 1:
        return
    batch, _, candidate = broken.some()
    ((name, pictures),) = batch.tensors.items()
    runner = broken.open_reference()
    found = []
    for hypothesis in _hypotheses(normalization):
        given = np.ascontiguousarray(hypothesis.given(pictures), np.float32)
        # A bias of 0 that is missing is no other picture, but for its rounding.
        if given.shape != pictures.shape or np.allclose(given, pictures, rtol=1e-5, atol=1e-3):
            continue
        try:
            after = broken.left_by(runner.run(Batch({name: given})), candidate)
        except PoseconvertError:  # a square was needed, or a value is not finite
            continue
        if after is not None:
            found.append((after, hypothesis))
    for after, one in sorted(found, key=lambda pair: pair[0])[:1]:
        yield Diagnosis(one.cause, sentence(broken, one.looks, one.cure, after))


def _hypotheses(normalization: Normalization | None) -> Iterator[_Hypothesis]:
    yield _Hypothesis(
        "channel order", "the input looks BGR", "swapping channels", lambda x: x[:, ::-1]
    )
    yield _Hypothesis(
        "picture turned", "rows and columns look exchanged", "turning the picture back",
        lambda x: x.swapaxes(2, 3),
    )  # fmt: skip
    yield _Hypothesis(
        "picture turned", "the picture looks mirrored", "mirroring it", lambda x: x[..., ::-1]
    )
    yield _Hypothesis(
        "picture turned", "the picture stands on its head", "turning it", lambda x: x[..., ::-1, :]
    )
    yield _Hypothesis(
        "input scale", "the input looks divided by 255 once more", "leaving that out",
        lambda x: x / np.float32(255),
    )  # fmt: skip
    if normalization is not None:
        yield from _of_normalization(normalization)


def _of_normalization(known: Normalization) -> Iterator[_Hypothesis]:
    """Yield what the network sees for x where its normalisation went wrong, undone by its own."""
    scale, bias = known.scale, known.bias

    def seen(wrong: Callable[[Array], Array]) -> Callable[[Array], Array]:
        return lambda x: (wrong(x) - bias) / scale

    yield _Hypothesis(
        "input scale", "the normalisation looks missing", "putting it in", seen(lambda x: x)
    )
    yield _Hypothesis(
        "input scale", "the normalisation looks applied twice", "applying it once",
        seen(lambda x: (x * scale + bias) * scale + bias),
    )  # fmt: skip
    yield _Hypothesis(
        "input scale", "the bias of the normalisation looks missing", "adding it",
        seen(lambda x: x * scale),
    )  # fmt: skip
    yield _Hypothesis(
        "input scale", "the scale of the normalisation looks missing", "applying it",
        seen(lambda x: x + bias),
    )  # fmt: skip
    yield _Hypothesis(
        "mean before scale", "the mean looks subtracted before scaling", "scaling first",
        seen(lambda x: (x + bias) * scale),
    )  # fmt: skip
    if np.ptp(scale) > 0:
        yield from _one_for_all_channels(known)


def _one_for_all_channels(known: Normalization) -> Iterator[_Hypothesis]:
    """Yield one standard deviation for all channels: the mean of them, or one of them."""
    deviation = 1 / (np.float32(255) * known.scale)
    mean = np.asarray(-known.bias * deviation, np.float32)
    candidates = [float(deviation.mean()), *(float(one) for one in deviation.ravel())]
    for one in dict.fromkeys(candidates):
        wrong_scale = on_axis([1 / (255 * one)])
        wrong_bias: Array = np.asarray(-mean / one, np.float32)

        def given(x: Array, s: Array = wrong_scale, b: Array = wrong_bias) -> Array:
            return (x * s + b - known.bias) / known.scale

        yield _Hypothesis(
            "one std for all channels", f"the input looks divided by one std, {one:.3g}",
            "dividing by each channel's own", given,
        )  # fmt: skip
