"""Types of the fields of records: ranges and vocabularies, checked where a record is read.

The JSON Schemas are written from the same types.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from msgspec import Meta

#: The largest whole number that every JSON reader keeps exactly.
_LARGEST = 1 << 53
_SIDE = (1 << 31) - 1

Count = Annotated[int, Meta(ge=0, le=_LARGEST)]
Positive = Annotated[int, Meta(ge=1, le=_LARGEST)]
Size = Annotated[float, Meta(ge=0)]
Side = Annotated[int, Meta(ge=0, le=_SIDE)]
Pixels = Annotated[int, Meta(ge=1, le=1 << 16)]
Shape = Annotated[tuple[Side, ...], Meta(max_length=16)]
Sha256 = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
#: Of an input, an op, a file, a version.
Name = Annotated[str, Meta(max_length=4096)]
#: A sentence.
Text = Annotated[str, Meta(max_length=65536)]
Shapes = Annotated[Mapping[Name, Shape], Meta(min_length=1)]

Scalar = bool | int | float | str | None
#: What a model's own configuration may hold: no nesting, so that nothing walks it without end.
Setting = Scalar | tuple[Scalar, ...] | Mapping[str, Shape]

Verdict = Literal["held", "broken", "not run"]
Precision = Literal["fp16", "fp32"]
Target = Literal["iOS15", "iOS16", "iOS17", "iOS18"]
Route = Literal["onnx2coreml", "onnxsim", "torch"]
Tried = Literal[
    "onnx2coreml",
    "onnxsim",
    "torch",
    "onnx2coreml, functions expanded",
    "onnxsim, functions expanded",
    "torch, functions expanded",
]
Compression = Literal["int8", "palette8", "palette6", "palette4"]
#: What becomes of a package that a rule on Core ML fires on.
RuleKind = Literal["wrong", "refused", "risky", "slow"]
#: Whom a second judge agrees with.
Agreement = Literal[
    "all agree",
    "two against it",
    "with ONNX Runtime, against the executor",
    "with the executor, against ONNX Runtime",
    "with ONNX Runtime",
    "against ONNX Runtime",
    "nobody agrees",
    "not run",
]
Format = Literal["onnx", "mlpackage"]
Stage = Literal[
    "source",
    "onnx_from_torch",
    "simplified_from_onnx",
    "coreml_from_onnx",
    "compressed_from_coreml",
]
