"""What is true of an op besides its kernel; every fact stands in the op's registration.

::

    @op("relu", since="CoreML5", facts=Facts(fresh=True, curve=True, bounds=lambda _: (0.0, inf)))

Whoever compiles, counts, warns or diagnoses asks the registration; nobody keeps a list of ops.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from poseconvert.mil.package.program import Array, TensorType

#: Gives an array, or a tuple of what its op gives; lists, labels and dictionaries as they are.
Kernel: TypeAlias = Callable[..., Any]

#: Multiply-accumulates from the declared types of the inputs, the values of those that are stored
#: (both by parameter) and the declared type of the output; None where a size is unknown.
CountMacs: TypeAlias = Callable[
    [Mapping[str, TensorType], Mapping[str, Array], TensorType], int | None
]

#: The numbers between which an op holds ``x``, from its other parameters; None where it does not.
Bounds: TypeAlias = Callable[[Mapping[str, Any]], tuple[float, float] | None]


@dataclass(frozen=True, slots=True)
class Variant:
    """An op with other arguments, or of another type.

    Attributes
    ----------
    cause : what it would be the proof of.
    words : how to say it, after "with".
    """

    cause: str
    words: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    type: str | None = None


#: What an op would be had the converter read one of its parameters otherwise, from its arguments.
Doubts: TypeAlias = Callable[[Mapping[str, Any]], Iterator[Variant]]


@dataclass(frozen=True, slots=True)
class Facts:
    """Facts about an op; the defaults hold for most.

    Attributes
    ----------
    fresh : its results are arrays that nobody else holds, so that they may be written over.
    converts : it changes dtypes only; rounding to fp16 is then its purpose in every mode.
    bounds : for ops that only bound ``x``.
    channels_last : the parameter whose array torch reads fastest with its channels last.
    sums : it adds up products; in fp16 a partial sum may overflow where the result does not.
    in_fp16 : a kernel of the same parameters whose partial sums are rounded to fp16.
    count_macs : how many multiply-accumulates it does, for ops whose cost is counted.
    largest_x : above it the result overflows fp16, for ops that grow exponentially.
    plateau : where an fp16 result has 6 values left, and where a single one.
    curve : it takes ``x`` alone, element by element, and converters take others for it.
    doubts : what a diagnosis tries.
    """

    fresh: bool = False
    converts: bool = False
    bounds: Bounds | None = None
    channels_last: str | None = None
    sums: bool = False
    in_fp16: Kernel | None = None
    count_macs: CountMacs | None = None
    largest_x: float | None = None
    plateau: tuple[float, float] | None = None
    curve: bool = False
    doubts: Doubts | None = None


#: Nothing but the defaults.
PLAIN = Facts()
