"""PyTorch to ONNX: outputs named, weights inside, no trace of the machine it ran on."""

from __future__ import annotations

import io
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import onnx
import torch
from onnx import ModelProto

from poseconvert.errors import StageError
from poseconvert.graph.fixed_shapes import with_output_shapes
from poseconvert.graph.reader import graph_inputs, write_onnx
from poseconvert.graph.shapes import static_shape
from poseconvert.network.source import Source
from poseconvert.stages.advice import advice_for
from poseconvert.stages.stage import Work

# The oldest opset the exporter writes without down-conversion.
OPSET = 18
_PRIVATE_METADATA = ("pkg.torch.onnx.stack_trace",)


_OF_DATA = {"NonZero", "Unique", "Compress", "NonMaxSuppression"}
_GENERAL = "Try torch.export.export on the model first and give the .pt2."


def onnx_from_torch(source: Source, path: Path) -> None:
    """Export ``source`` at its fixed input shapes and write it to ``path``.

    Raises
    ------
    StageError : the exporter refuses the network, or names and shapes do not
        come out as the source states them.
    """
    _OnnxFromTorch(source).to(path)


@dataclass(frozen=True, slots=True)
class _OnnxFromTorch(Work[Source, ModelProto]):
    source: Source

    def requires(self) -> Source:
        return self.source  # vetted, and in evaluation mode, since it was loaded

    def run(self, given: Source) -> ModelProto:
        try:
            with _quiet_exporter():
                model = _exported(given)
        except Exception as error:  # the exporter wraps whatever the network raises
            reason = next((s for s in _causes(error) if s), type(error).__name__)
            raise StageError(
                f"onnx_from_torch: torch.onnx cannot export {given.architecture}"
                f" ({reason[:200]}). {advice_for(reason, _GENERAL)}"
            ) from error
        _without_paths(model)
        return with_output_shapes(model)

    def ensures(self, given: Source, made: ModelProto) -> None:
        _check_interface(given, made)

    def write(self, made: ModelProto, path: Path) -> None:
        write_onnx(made, path)


def _exported(source: Source) -> ModelProto:
    example = tuple(map(torch.zeros, source.inputs.values()))
    inputs, outputs = list(source.inputs), list(source.output_names)
    if isinstance(source.module, torch.jit.ScriptModule):
        # torch.export does not take TorchScript: its own exporter is the only way.
        buffer = io.BytesIO()
        torch.onnx.export(
            source.module,
            example,
            buffer,  # type: ignore[arg-type]
            dynamo=False,
            opset_version=OPSET,
            input_names=inputs,
            output_names=outputs,
        )
        return onnx.load_model_from_string(buffer.getvalue())
    program = torch.onnx.export(
        source.module,
        example,
        dynamo=True,
        opset_version=OPSET,
        verbose=False,
        input_names=inputs,
        output_names=outputs,
    )
    assert program is not None
    return program.model_proto


@contextmanager
def _quiet_exporter() -> Iterator[None]:
    """Keep the exporter's advice to itself: it speaks of torchvision and deprecations."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        # For TorchScript it prints the whole graph before it raises.
        with warnings.catch_warnings(), redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)


def _causes(error: BaseException | None) -> Iterator[str]:
    """First lines of the error's causes, innermost first."""
    if error is not None:
        yield from _causes(error.__cause__)
        yield next(iter(str(error).strip().splitlines()), "")


def _without_paths(model: ModelProto) -> None:
    """Drop stack traces: they name files of the machine that exported."""
    for node in model.graph.node:
        kept = [p for p in node.metadata_props if p.key not in _PRIVATE_METADATA]
        del node.metadata_props[:]
        node.metadata_props.extend(kept)
        node.ClearField("doc_string")


def _check_interface(source: Source, model: ModelProto) -> None:
    inputs = {value.name: static_shape(value) for value in graph_inputs(model)}
    if inputs != source.inputs:
        raise StageError(
            f"onnx_from_torch: exported inputs {inputs}, expected {dict(source.inputs)}."
            " An input that nothing reads is left out: remove it from the network."
        )
    outputs = tuple(value.name for value in model.graph.output)
    if outputs != source.output_names:
        raise StageError(
            f"onnx_from_torch: exported outputs {outputs}, expected {source.output_names}."
            " Two outputs may share one tensor: return each only once."
        )
    dynamic = [value.name for value in model.graph.output if static_shape(value) is None]
    if dynamic:
        ops = sorted(_OF_DATA & {node.op_type for node in model.graph.node})
        named = f" ({', '.join(ops)})" if ops else ""
        raise StageError(
            f"onnx_from_torch: shape of {', '.join(dynamic)} depends on the data{named}."
            f" {advice_for(named, 'Return tensors of one fixed shape.')}"
        )
