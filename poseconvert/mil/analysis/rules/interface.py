"""Rules on a package's inputs, outputs and names."""

from __future__ import annotations

import re
from collections.abc import Iterator

from poseconvert.mil.analysis.rules.rule import Place, Rule, whole
from poseconvert.mil.analysis.rules.seen import Seen
from poseconvert.mil.package.features import ArrayFeature, ImageFeature

# coremltools 9.0, mil/passes/defs/preprocess.py, NameSanitizer.
_RESERVED = {"any", "bool", "program", "func", "tensor", "list", "dict", "tuple", "string", "state"}
_RESERVED |= {"true", "false", "bf16", "fp16", "fp32", "fp64"}
_RESERVED |= {f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)}
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_EMPTY_INPUT_SPEC = 9


@whole
def _reserved(seen: Seen) -> Iterator[Place]:
    for name in seen.types:
        if name in _RESERVED:
            yield Place(name, f'a value is called "{name}"')


@whole
def _no_identifier(seen: Seen) -> Iterator[Place]:
    for feature in (*seen.package.inputs, *seen.package.outputs):
        if not _IDENTIFIER.fullmatch(feature.name):
            yield Place("", f'"{feature.name}" is no name in Swift')


@whole
def _integer_image(seen: Seen) -> Iterator[Place]:
    for feature in seen.package.outputs:
        declared = seen.types.get(feature.name)
        if (
            isinstance(feature, ImageFeature)
            and declared is not None
            and declared.dtype not in ("fp16", "fp32")
        ):
            yield Place(feature.name, f"an image is made of {declared.dtype}")


@whole
def _other_shape(seen: Seen) -> Iterator[Place]:
    for feature in seen.package.outputs:
        declared = seen.types.get(feature.name)
        if isinstance(feature, ImageFeature) and declared is not None:
            known = declared.admits(feature.shape)
            if not known and None not in declared.shape:
                yield Place(
                    feature.name,
                    f"an image of {list(feature.shape)} is described, {list(declared.shape)} made",
                )


@whole
def _no_input(seen: Seen) -> Iterator[Place]:
    if not seen.package.inputs and seen.package.spec_version < _EMPTY_INPUT_SPEC:
        yield Place("", f"no input at specification version {seen.package.spec_version}")


@whole
def _padded_rows(seen: Seen) -> Iterator[Place]:
    for feature in seen.package.outputs:
        if isinstance(feature, ArrayFeature) and feature.dtype == "fp16":
            declared = seen.types.get(feature.name)
            last = declared.shape[-1] if declared is not None and declared.shape else None
            if last is not None and last % 32:
                yield Place(feature.name, f"float16 rows of {last}, no multiple of 32")


RULES = (
    Rule(
        id="PC050",
        kind="refused",
        title="value with a name that MIL reserves",
        otherwise="The package does not compile: \"Invalid operation output name: got 'tensor'"
        " when expecting token of type 'ID'\".",
        cure="Rename it.",
        source="apple/coremltools#1634; coremltools 9.0, mil/passes/defs/preprocess.py",
        evidence="compiler message",
        check=_reserved,
    ),
    Rule(
        id="PC051",
        kind="risky",
        title="input or output whose name is no identifier",
        otherwise="The class that Xcode generates is reported not to compile.",
        cure="Rename it: letters, digits and underscores, no digit first.",
        source="apple/coremltools#117; tf-coreml/tf-coreml#64",
        evidence="report",
        check=_no_identifier,
    ),
    Rule(
        id="PC052",
        kind="refused",
        title="image output made of integers",
        otherwise="The package does not compile: \"main output 'output' must be a tensor of type"
        ' Float32 or Float16".',
        cure="Cast it to float32 before the output.",
        source="apple/coremltools#2380",
        evidence="compiler message",
        check=_integer_image,
    ),
    Rule(
        id="PC053",
        kind="refused",
        title="image output of another shape than the program gives",
        otherwise='The package does not compile: "Model image output ... has a different shape'
        ' than its corresponding return value to main".',
        cure="Describe the shape that is made.",
        source="apple/coremltools#2049",
        evidence="compiler message",
        check=_other_shape,
    ),
    Rule(
        id="PC054",
        kind="refused",
        title="no input, below iOS 18",
        otherwise='The package does not compile: "Empty input is only valid in specification'
        ' version >= 9".',
        cure="Convert for iOS 18.",
        source="apple/coremltools#2684, #2578",
        evidence="compiler message",
        check=_no_input,
    ),
    Rule(
        id="PC055",
        kind="risky",
        title="float16 output whose rows are no multiple of 32",
        otherwise="Its rows are padded in memory; what ignores strides reads random numbers.",
        cure="Read it with its strides, or declare it float32.",
        source="apple/coremltools#1893",
        evidence="report",
        check=_padded_rows,
    ),
)
