"""What a network wants of a picture, in the words of whoever trained it, as scale and bias."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from poseconvert.errors import UsageError
from poseconvert.face.choices import NormalizeChoice, channels_of, refuse_unknown

Given = float | Sequence[float] | None
Triple = tuple[float, float, float]

#: Mean and standard deviation of pictures in 0-1.
#: Source: ``pytorch/vision:torchvision/transforms/_presets.py`` ``ImageClassification``.
_NORMALIZE: dict[NormalizeChoice, tuple[Triple, Triple]] = {
    "imagenet": ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
    "0-1": ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0)),
    "-1-1": ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5)),
}


def scaling_of(
    given: Mapping[str, Given], torchvision: Mapping[str, Given], normalize: NormalizeChoice | None
) -> tuple[Triple | None, Triple | None]:
    """Return scale and bias of a picture in 0-255; None where nothing was said.

    Parameters
    ----------
    given : ``scale`` and ``bias``.
    torchvision : ``mean`` and ``std`` of pictures in 0-1.
    normalize : a name for them.

    Raises
    ------
    UsageError : more than one way of saying it, no number, or a deviation of 0.
    """
    refuse_unknown(normalize=normalize)
    said = [
        " and ".join(name for name in names if names[name] is not None)
        for names in (given, torchvision, {"normalize": normalize})
        if any(value is not None for value in names.values())
    ]
    if len(said) > 1:
        raise UsageError(f"{said[0]} with {said[1]}: say the input range in one way.")
    if normalize == "none":
        return (1.0, 1.0, 1.0), (0.0, 0.0, 0.0)
    if normalize is not None:
        return _in_255(*_NORMALIZE[normalize])
    if torchvision["mean"] is not None or torchvision["std"] is not None:
        mean = channels_of(torchvision["mean"], name="mean") or (0.0, 0.0, 0.0)
        std = channels_of(torchvision["std"], name="std") or (1.0, 1.0, 1.0)
        if min(std) <= 0:
            raise UsageError(f"std {min(std):g}: give numbers above 0.")
        return _in_255(mean, std)
    scale, bias = (channels_of(given[name], name=name) for name in ("scale", "bias"))
    return scale, bias


def _in_255(mean: Triple, std: Triple) -> tuple[Triple, Triple]:
    """``(x / 255 - mean) / std`` as ``x * scale + bias``."""
    a, b, c = (1 / (255 * one) for one in std)
    d, e, f = (-middle / one for middle, one in zip(mean, std, strict=True))
    return (a, b, c), (d, e, f)
