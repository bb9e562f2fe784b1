"""Simplified ONNX to a Core ML package, through onnx2coreml's MIL program."""

from __future__ import annotations

import io
import json
import logging
import uuid
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from onnx import ModelProto

from poseconvert.errors import StageError
from poseconvert.graph.reader import graph_inputs, read_onnx, static_shape

Precision = Literal["fp16", "fp32"]
InputKind = Literal["image", "tensor"]
Target = Literal["iOS15", "iOS16", "iOS17", "iOS18"]


@dataclass(frozen=True, slots=True)
class CoreMLOptions:
    """What kind of package to make.

    Attributes
    ----------
    precision : ``fp16`` (the Neural Engine needs it) or ``fp32``.
    target : oldest iOS. iOS 16 is the last an A11 phone runs.
    input_kind : ``image`` takes camera frames (RGB), ``tensor`` float32 NCHW.
    keep_fp32 : names of weights whose ops stay float32 in a float16 package.
    """

    precision: Precision = "fp16"
    target: Target = "iOS16"
    input_kind: InputKind = "image"
    keep_fp32: tuple[str, ...] = ()


def coreml_from_onnx(source: Path, path: Path, *, options: CoreMLOptions) -> None:
    """Convert the ONNX model at ``source`` to an ``.mlpackage`` at ``path``.

    Raises
    ------
    StageError : an op has no conversion, or the package does not come out with
        the names, shapes and float32 outputs of the graph.
    """
    model = read_onnx(source)
    inputs = graph_inputs(model)
    if len(inputs) != 1:
        raise StageError(f"coreml_from_onnx: the graph has {len(inputs)} inputs, one is supported.")
    name, shape = inputs[0].name, static_shape(inputs[0])
    if shape is None:
        raise StageError(f"coreml_from_onnx: input {name} has no fixed shape. Give --input.")
    if options.input_kind == "image" and (len(shape) != 4 or shape[:2] != (1, 3)):
        raise StageError(
            f"coreml_from_onnx: input {name} {shape} is not a picture (1, 3, H, W)."
            " Give --input-kind tensor."
        )
    expected = {value.name: static_shape(value) for value in model.graph.output}
    try:
        with _quiet_coremltools():
            package = _converted(model, name, shape, options)
            _check_outputs(package.get_spec(), expected)
            package.save(str(path))
    except StageError:
        raise
    except Exception as error:  # both converters raise their own and Python's types
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        reason = " ".join(lines[:4])[:300] or type(error).__name__
        raise StageError(
            f"coreml_from_onnx: cannot convert {source.name} ({reason})."
            " Replace the op in the model, or report it to onnx2coreml."
        ) from error
    _settle(path)


def _converted(model: Any, name: str, shape: tuple[int, ...], options: CoreMLOptions) -> Any:
    import coremltools as ct
    from onnx2coreml.converter import Converter

    target = getattr(ct.target, options.target)
    half = options.precision == "fp16"

    def rounds(op: Any) -> bool:
        weight = op.inputs.get("weight") or op.inputs.get("y")
        return getattr(weight, "name", None) not in options.keep_fp32

    selected = ct.transform.FP16ComputePrecision(op_selector=rounds)
    program = Converter().to_mil(
        model, target=target, precision=ct.precision.FLOAT16 if half else ct.precision.FLOAT32
    )
    image = options.input_kind == "image"
    kind = (
        ct.ImageType(name=name, shape=shape, color_layout=ct.colorlayout.RGB)
        if image
        else ct.TensorType(name=name, shape=shape)
    )
    return ct.convert(
        program,
        source="milinternal",
        convert_to="mlprogram",
        minimum_deployment_target=target,
        compute_precision=selected if half else ct.precision.FLOAT32,
        inputs=[kind],
        skip_model_load=True,
    )


def unsupported_ops(model: ModelProto) -> set[str]:
    """Return the op types that onnx2coreml has no conversion for."""
    with _quiet_coremltools():
        import onnx2coreml

        return set(onnx2coreml.analyze(model).unsupported)


@contextmanager
def _quiet_coremltools() -> Iterator[None]:
    """Silence version advice and progress bars: our own progress is shown instead."""
    logger = logging.getLogger("coremltools")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings(), redirect_stderr(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)


def _check_outputs(spec: Any, expected: Mapping[str, tuple[int, ...] | None]) -> None:
    from coremltools.proto import FeatureTypes_pb2

    float32 = FeatureTypes_pb2.ArrayFeatureType.FLOAT32
    found = {
        output.name: tuple(output.type.multiArrayType.shape) for output in spec.description.output
    }
    if found != dict(expected):
        raise StageError(
            f"coreml_from_onnx: outputs came out as {found}, the graph has {dict(expected)}."
            " Report the model to onnx2coreml."
        )
    other = [o.name for o in spec.description.output if o.type.multiArrayType.dataType != float32]
    if other:
        raise StageError(
            f"coreml_from_onnx: {', '.join(other)} not declared float32, so an app would read"
            " float16 bytes as floats. Use --target iOS15 or --precision fp32."
        )


def _settle(path: Path) -> None:
    """Make the package's bytes depend on the model only: no date, no random ids."""
    from coremltools.proto import Model_pb2

    spec_path = path / "Data" / "com.apple.CoreML" / "model.mlmodel"
    spec = Model_pb2.Model()
    spec.ParseFromString(spec_path.read_bytes())
    spec.description.metadata.userDefined.pop("com.github.apple.coremltools.conversion_date", None)
    spec_path.write_bytes(spec.SerializeToString(deterministic=True))
    manifest_path = path / "Manifest.json"
    manifest = json.loads(manifest_path.read_text())
    entries = manifest["itemInfoEntries"]
    stable = {
        old: str(uuid.uuid5(uuid.NAMESPACE_URL, entry["path"])).upper()
        for old, entry in entries.items()
    }
    manifest["itemInfoEntries"] = {
        stable[old]: entries[old] for old in sorted(entries, key=lambda old: stable[old])
    }
    manifest["rootModelIdentifier"] = stable[manifest["rootModelIdentifier"]]
    manifest_path.write_text(json.dumps(manifest, indent=4, sort_keys=True) + "\n")
