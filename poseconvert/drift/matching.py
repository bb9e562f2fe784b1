"""Values of two graphs that are the same value: by name, by structure, by what they hold.

Never by order alone: two graphs may compute in different orders, and a value that cannot be
told from another stays unmatched.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

How = Literal["name", "structure", "value"]
Fingerprint = NDArray[np.float64]
Fingerprints = Callable[[], tuple[Mapping[str, Fingerprint], Mapping[str, Fingerprint]]]

# Two fingerprints of one value differ by less: float16 weights move values by up to 1e-2 of
# their magnitude, and projections by a few percent of their deviation. A magnitude of another
# fifth is another value: a picture before it is scaled, and after.
_AGREES = np.array([0.2] + [0.02] * 4 + [0.1] * 6)
_PROJECTIONS = 6
# Ops that hand their input on: what they give is the same value.
_HANDS_ON = {"cast", "identity"}
_KINDS = {"gemm": "linear", "globalaveragepool": "reducemean", "relu6": "clip"}


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a graph.

    Attributes
    ----------
    name : its name there.
    type : of the op that computes it; "" for an input of the graph.
    reads : names of the values that op reads, constants left out.
    shape : None where it is not known.
    """

    name: str
    type: str = ""
    reads: tuple[str, ...] = ()
    shape: tuple[int, ...] | None = None

    @property
    def kind(self) -> str:
        """The op's type as both formats would say it."""
        plain = self.type.replace("_", "").lower()
        return _KINDS.get(plain, plain)


@dataclass(frozen=True, slots=True)
class Match:
    """The reference value that a candidate value is, and how that is known."""

    reference: str
    how: How


def match_values(
    reference: Sequence[Value],
    candidate: Sequence[Value],
    *,
    outputs: Iterable[str],
    names_bind: bool,
    fingerprints: Fingerprints,
) -> dict[str, Match]:
    """Match candidate values to reference values.

    Parameters
    ----------
    reference, candidate : in an order in which every value comes after those it reads.
    outputs : names that bind whatever they hold: the graphs' own inputs and outputs.
    names_bind : whether any name does, as where a tool keeps names. Else a name binds only
        together with the kind of op, or with what the value holds.
    fingerprints : those of both graphs on one input; called once, and only if names and
        kinds leave something open.

    Returns
    -------
    dict of str to Match
        By candidate value; values that are not in it are unmatched.
    """
    matching = _Matching(reference, frozenset(outputs), names_bind, fingerprints)
    for value in candidate:
        matching.by_name(value)
    for value in candidate:
        matching.by_structure(value)
    matching.by_value(candidate)
    return matching.found


def bare(name: str) -> str:
    """Return a name as converters leave it: without the casts, in letters Core ML admits.

    >>> bare("blocks.0/conv_cast_fp16")
    'blocks_0_conv'
    """
    return re.sub(r"\W", "_", re.sub(r"(_cast_fp|_to_fp)(16|32)$", "", name))


def fingerprint(value: NDArray[Any]) -> Fingerprint | None:
    """Sum up a value: its magnitude, what range, mean and deviation are of it, projections.

    Parameters
    ----------
    value : any shape; its place in the projection depends on its position, so two
        values that hold the same numbers in another order differ.

    Returns
    -------
    (1 + 4 + 6,) float64
        None for a value that says nothing: not finite, or the same everywhere.
    """
    array = np.asarray(value, np.float32)
    if array.ndim == 0 or not array.size or not np.isfinite(array).all():
        return None
    low, high, mean = float(array.min()), float(array.max()), float(array.mean())
    if high == low:
        return None
    matrix = array.reshape(int(np.prod(array.shape[:2])), -1) - np.float32(mean)
    rows, columns = matrix.shape
    generator = np.random.Generator(np.random.PCG64(rows * 65537 + columns))
    left = generator.standard_normal((rows, _PROJECTIONS)).astype(np.float32)
    right = generator.standard_normal((columns, _PROJECTIONS)).astype(np.float32)
    projected = np.einsum("rp,rp->p", left, matrix @ right) / np.sqrt(array.size)
    scale, deviation = max(abs(low), abs(high)), float(array.std())
    shares = np.array([low, high, mean, deviation], np.float64) / scale
    summed: Fingerprint = np.concatenate(
        [[np.log(scale)], shares, projected.astype(np.float64) / deviation]
    )
    return summed


def agrees(one: Fingerprint | None, other: Fingerprint | None) -> bool:
    """Whether two values of one shape are the same, up to what float16 does to them."""
    if one is None or other is None:
        return False
    return bool((np.abs(one - other) <= _AGREES).all())


class _Matching:
    """What has been matched so far."""

    def __init__(
        self,
        reference: Sequence[Value],
        outputs: frozenset[str],
        names_bind: bool,
        fingerprints: Fingerprints,
    ) -> None:
        self.found: dict[str, Match] = {}
        self._taken: set[str] = set()
        self._reference = {value.name: value for value in reference}
        self._outputs = outputs
        self._names_bind = names_bind
        self._take = fingerprints
        self._prints: tuple[Mapping[str, Fingerprint], Mapping[str, Fingerprint]] | None = None
        self._by_bare: dict[str, list[Value]] = {}
        for value in reference:
            self._by_bare.setdefault(bare(value.name), []).append(value)

    def same(self, reference: Value, candidate: Value) -> bool:
        """Whether the two hold the same."""
        if self._prints is None:
            self._prints = self._take()
        theirs, ours = self._prints
        return agrees(theirs.get(reference.name), ours.get(candidate.name))

    def by_name(self, value: Value) -> None:
        if value.kind in _HANDS_ON and value.name not in self._outputs:
            return  # its name says less than what it reads
        named = self._reference.get(value.name)
        alike = [named] if named else self._by_bare.get(bare(value.name), [])
        if len(alike) == 1 and _fits(alike[0], value) and self._binds(alike[0], value):
            self._match(value, alike[0].name, "name")

    def _binds(self, reference: Value, candidate: Value) -> bool:
        return (
            self._names_bind
            or candidate.name in self._outputs
            or not reference.type
            or reference.kind == candidate.kind
            or self.same(reference, candidate)
        )

    def by_structure(self, value: Value) -> None:
        """Match what the same kind of op makes of matched values; twins by what they hold."""
        if value.name in self.found or not value.reads:
            return
        if not all(name in self.found for name in value.reads):
            return
        read = tuple(self.found[name].reference for name in value.reads)
        if value.kind in _HANDS_ON and _fits(self._reference[read[0]], value):
            self._match(value, read[0], "structure")
            return
        twins = [
            other
            for other in self._open()
            if other.kind == value.kind and other.reads == read and _fits(other, value)
        ]
        how: How = "structure"
        if len(twins) > 1:
            twins = [other for other in twins if self.same(other, value)]
            how = "value"
        if len(twins) == 1:
            self._match(value, twins[0].name, how)

    def by_value(self, candidate: Sequence[Value]) -> None:
        """Match what holds the same as one open value, and as no other, both ways."""
        left = [value for value in candidate if value.name not in self.found]
        if not left:
            return
        pairs = [
            (other, value)
            for value in left
            for other in self._open()
            if _fits(other, value) and self.same(other, value)
        ]
        for other, value in pairs:
            alone = sum(other is one or value is two for one, two in pairs) == 1
            if alone:
                self._match(value, other.name, "value")

    def _match(self, value: Value, reference: str, how: How) -> None:
        self.found[value.name] = Match(reference, how)
        if value.kind not in _HANDS_ON:  # what it hands on is open to the op that made it
            self._taken.add(reference)

    def _open(self) -> list[Value]:
        return [value for value in self._reference.values() if value.name not in self._taken]


def _fits(reference: Value, candidate: Value) -> bool:
    return None in (reference.shape, candidate.shape) or reference.shape == candidate.shape
