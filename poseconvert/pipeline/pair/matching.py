"""Whose input and output is whose: by name, else by shape, else by value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import permutations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poseconvert.drift import tensor_drift
from poseconvert.errors import ConversionError
from poseconvert.imaging.wanted import Wanted
from poseconvert.runners.fed import Pairing

Arrays = Mapping[str, NDArray[Any]]

# The best reading by value must leave less than this part of the drift of the next one.
_CLEARLY = 0.25
_TRIED = 5  # outputs of one shape: their permutations are tried


def matched_inputs(
    reference: Sequence[Wanted],
    candidate: Sequence[Wanted],
    *,
    said: Mapping[str, str],
    who: tuple[str, str],
) -> dict[str, str]:
    """Return the reference's name of each of the candidate's inputs.

    Parameters
    ----------
    said : the candidate's name by the reference's, as the user gave them.
    who : names of the two artifacts, for messages.

    Raises
    ------
    ConversionError : they take other inputs, or it is not clear which is which.
    """
    left = {one.name: one.shape for one in candidate}
    found: dict[str, str] = {}
    for one in reference:
        alike = [name for name, shape in left.items() if shape == one.shape]
        name = said.get(one.name, one.name)
        if name not in left or left[name] != one.shape:
            if not alike:
                raise ConversionError(
                    f"{who[1]}: has no input like {who[0]}'s {one.name} {one.shape}; it takes"
                    f" {_shown(candidate)}. Compare artifacts of one network, at one size."
                )
            if len(alike) > 1:
                raise ConversionError(
                    f"{who[1]}: {' or '.join(alike)} for {who[0]}'s {one.name}? Say which:"
                    f" --match {one.name}={alike[0]}"
                )
            name = alike[0]
        found[name] = one.name
        del left[name]
    if left:
        raise ConversionError(
            f"{who[1]}: takes {', '.join(left)} too, which {who[0]} does not. Compare artifacts"
            " of one network."
        )
    return found


def matched_outputs(
    reference: Arrays, candidate: Arrays, *, said: Mapping[str, str], who: tuple[str, str]
) -> tuple[Pairing, ...]:
    """Match outputs of the same inputs; one that nothing answers has no pairing.

    Raises
    ------
    ConversionError : no output has a counterpart, or it is not clear which is which.
    """
    pairs: list[Pairing] = []
    left = dict(candidate)
    for name, values in reference.items():
        other = said.get(name, name)
        last = other in left and _layout(values, left[other])
        if other in left and last is not None:
            by = "--match" if name in said else "name"
            pairs.append(Pairing(name, other, by, bool(last)))
            del left[other]
        elif name in said:
            raise ConversionError(
                f"{who[1]}: --match {name}={other}: it has no output {other} of the shape"
                f" {values.shape}; it gives {_shapes(candidate)}."
            )
    matched = {one.reference for one in pairs}
    open_ = {name: values for name, values in reference.items() if name not in matched}
    for group in _groups(open_, left):
        pairs += _by_value(*group, who=who)
    if not pairs:
        raise ConversionError(
            f"{who[1]}: gives {_shapes(candidate)}, {who[0]} gives {_shapes(reference)}: no output"
            " has a counterpart. Compare artifacts of one network, or pair them with --match."
        )
    return tuple(pairs)


def _groups(reference: Arrays, candidate: Arrays) -> list[tuple[Arrays, Arrays]]:
    """Put outputs of one shape together, those that both sides have."""
    groups: list[tuple[dict[str, NDArray[Any]], dict[str, NDArray[Any]]]] = []
    for name, values in reference.items():
        for first, _ in groups:
            if next(iter(first.values())).shape == values.shape:
                first[name] = values
                break
        else:
            fits = {n: v for n, v in candidate.items() if _layout(values, v) is not None}
            groups.append(({name: values}, fits))
    return [(first, second) for first, second in groups if second]


def _by_value(reference: Arrays, candidate: Arrays, *, who: tuple[str, str]) -> list[Pairing]:
    """Take the reading that drifts least, where it does so clearly."""
    names, others = list(reference), list(candidate)
    if len(names) == len(others) == 1:
        ((name, values),), ((other, got),) = reference.items(), candidate.items()
        return [Pairing(name, other, "shape", bool(_layout(values, got)))]
    if max(len(names), len(others)) > _TRIED:
        _ask(names, others, who)
    drift = {
        (name, other): _drift(reference[name], candidate[other])
        for name in names
        for other in others
    }
    count = min(len(names), len(others))
    readings = [
        (sum(drift[pair] for pair in zip(chosen, order, strict=True)), chosen, order)
        for chosen in permutations(names, count)
        for order in permutations(others, count)
        if chosen == tuple(sorted(chosen, key=names.index))
    ]
    readings.sort(key=lambda reading: reading[0])
    best = readings[0]
    if not (np.isfinite(best[0]) and best[0] < _CLEARLY * readings[1][0]):
        _ask(names, others, who)
    return [
        Pairing(name, other, "value", bool(_layout(reference[name], candidate[other])))
        for name, other in zip(best[1], best[2], strict=True)
    ]


def _ask(names: Sequence[str], others: Sequence[str], who: tuple[str, str]) -> None:
    raise ConversionError(
        f"{who[1]}: {', '.join(others)} for {who[0]}'s {', '.join(names)}? Their values do not say."
        f" Say which: --match {names[0]}={others[0]}"
    )


def _layout(reference: NDArray[Any], candidate: NDArray[Any]) -> bool | None:
    """Whether the candidate has its channels last; None where the shapes do not fit."""
    if candidate.shape == reference.shape:
        return False
    if candidate.ndim < 3 or candidate.ndim != reference.ndim:
        return None
    return True if np.moveaxis(candidate, -1, 1).shape == reference.shape else None


def _drift(reference: NDArray[Any], candidate: NDArray[Any]) -> float:
    last = _layout(reference, candidate)
    found = tensor_drift(reference, np.moveaxis(candidate, -1, 1) if last else candidate)
    return float("inf") if found.non_finite or np.isnan(found.relative) else found.relative


def _shown(inputs: Sequence[Wanted]) -> str:
    return ", ".join(f"{one.name} {one.shape}" for one in inputs)


def _shapes(outputs: Arrays) -> str:
    return ", ".join(f"{name} {values.shape}" for name, values in outputs.items())
