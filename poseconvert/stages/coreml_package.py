"""What every route to a Core ML package shares: its input, its check, its bytes on disk."""

from __future__ import annotations

import io
import json
import logging
import uuid
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stderr
from pathlib import Path
from typing import Any

import numpy as np
from onnx import ModelProto, TensorProto, ValueInfoProto

from poseconvert.errors import KeepError, RouteError, StageError
from poseconvert.graph.reader import graph_inputs
from poseconvert.graph.shapes import static_shape
from poseconvert.stages.coreml_options import CoreMLOptions

_FLOATS = {TensorProto.FLOAT, TensorProto.BOOL}  # Core ML has no bool outputs: 0.0 and 1.0
_INTEGERS = {TensorProto.INT32, TensorProto.INT64}


def package_inputs(model: ModelProto, options: CoreMLOptions) -> list[Any]:
    """Return the package's inputs, images and tensors as ``options`` say.

    Raises
    ------
    StageError : sizes that are not fixed, or an image that is not a picture.
    """
    return [_package_input(value, options) for value in graph_inputs(model)]


def _package_input(value: ValueInfoProto, options: CoreMLOptions) -> Any:
    import coremltools as ct

    name, shape = value.name, static_shape(value)
    if shape is None:
        raise StageError(f"coreml_from_onnx: input {name} has no fixed shape. Give --input.")
    taken: Any = shape
    if options.sizes:
        each = [(*shape[:2], *size) for size in options.sizes]
        taken = ct.EnumeratedShapes(shapes=each, default=shape)
    if name not in options.images:
        return ct.TensorType(name=name, shape=taken, dtype=np.float32)
    if len(shape) != 4 or shape[:2] != (1, 3):
        raise StageError(
            f"coreml_from_onnx: input {name} {shape} is not a picture (1, 3, H, W)."
            " Give --input-kind tensor."
        )
    return ct.ImageType(name=name, shape=taken, color_layout=ct.colorlayout.RGB)


def packed(
    program: Any,
    kinds: Sequence[Any],
    options: CoreMLOptions,
    *,
    called: Callable[[str], str],
    source: str = "milinternal",
    outputs: Sequence[Any] | None = None,
) -> Any:
    """Turn a program into a package with our inputs, target and precision.

    Parameters
    ----------
    kinds : what :func:`package_inputs` returned.
    called : gives the name in the graph of a weight or an op of the program.
    source : where coremltools is to start: at a MIL program, or at ``pytorch``.
    outputs : their types; None leaves those of the program.

    Raises
    ------
    KeepError : ops are to stay float32 that the program has not.
    """
    import coremltools as ct

    half, found = options.precision == "fp16", set[str]()

    def rounds(op: Any) -> bool:
        weight = op.inputs.get("weight") or op.inputs.get("y")
        stored = getattr(weight, "val", None) is not None
        kept = {called(op.name)} | ({called(weight.name)} if stored else set())
        kept &= set(options.keep_fp32)
        found.update(kept)
        return not kept

    selected = ct.transform.FP16ComputePrecision(op_selector=rounds)
    package = ct.convert(
        program,
        source=source,
        convert_to="mlprogram",
        minimum_deployment_target=getattr(ct.target, options.target),
        compute_precision=selected if half else ct.precision.FLOAT32,
        inputs=list(kinds),
        outputs=outputs,
        skip_model_load=True,
        pass_pipeline=passes(options),
    )
    if missing := tuple(name for name in options.keep_fp32 if half and name not in found):
        raise KeepError(missing)
    return package


def passes(options: CoreMLOptions) -> Any:
    """Return the passes coremltools runs: its own, less one that a float32 package shows.

    ``fuse_elementwise_to_batchnorm`` makes ``x * scale + bias`` per channel a ``batch_norm``
    of variance 1 and leaves its epsilon at 1e-5, so ``scale`` becomes 0.999995 of what it was.
    In float16 that is a hundredth of what one rounding does, and one op rounds less than two.

    Source: coremltools 9.0, mil/passes/defs/optimize_elementwise_binary.py.
    """
    import coremltools as ct

    chosen = ct.PassPipeline.DEFAULT
    if options.precision == "fp32":
        chosen.remove_passes({"common::fuse_elementwise_to_batchnorm"})
    return chosen


@contextmanager
def quiet_coremltools() -> Iterator[None]:
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


def check_interface(spec: Any, model: ModelProto, *, sized: bool = False) -> None:
    """Refuse a package whose inputs or outputs are not the graph's.

    Parameters
    ----------
    sized : it takes several sizes, so an output may be declared without a shape.

    Raises
    ------
    RouteError : other names or shapes, or a type that an app would misread.
    """
    from coremltools.proto import FeatureTypes_pb2

    given = [one.name for one in spec.description.input]
    wanted = [value.name for value in graph_inputs(model)]
    if given != wanted:  # coremltools renames "state", for one
        raise RouteError(
            f"inputs came out as {', '.join(given)}, the graph has {', '.join(wanted)}; rename"
            " those that changed"
        )
    array = FeatureTypes_pb2.ArrayFeatureType
    found = {
        output.name: tuple(output.type.multiArrayType.shape) for output in spec.description.output
    }
    expected = {value.name: static_shape(value) for value in model.graph.output}
    open_ = {name for name, shape in found.items() if sized and not shape}
    if found.keys() != expected.keys() or any(
        found[name] != shape for name, shape in expected.items() if name not in open_
    ):
        raise RouteError(f"outputs came out as {found}, the graph has {expected}")
    allowed = {
        value.name: array.FLOAT32
        if value.type.tensor_type.elem_type in _FLOATS
        else array.INT32
        if value.type.tensor_type.elem_type in _INTEGERS
        else None
        for value in model.graph.output
    }
    other = [
        f"{output.name} ({array.ArrayDataType.Name(output.type.multiArrayType.dataType)})"
        for output in spec.description.output
        if output.type.multiArrayType.dataType != allowed[output.name]
    ]
    if other:
        raise RouteError(
            f"{', '.join(other)} not declared float32, so an app would misread its bytes;"
            " --target iOS15 or --precision fp32 may help"
        )


def settle(path: Path) -> None:
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
