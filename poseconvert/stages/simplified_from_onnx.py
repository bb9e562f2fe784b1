"""ONNX to simplified ONNX: constants folded, batch norm folded, names kept."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from onnx import ModelProto

from poseconvert.errors import StageError
from poseconvert.graph.reader import graph_inputs, read_onnx, write_onnx
from poseconvert.stages.stage import Work


def simplified_from_onnx(
    source: Path, path: Path, *, prepared: ModelProto | None = None
) -> ModelProto:
    """Simplify the model at ``source`` with onnxsim, write it to ``path`` and return it.

    Parameters
    ----------
    prepared : what to simplify in its place: a user's graph with its input shape fixed, or
        with pictures normalised inside.

    Raises
    ------
    StageError : onnxsim fails, or inputs or outputs changed their names.
    """
    return _SimplifiedFromOnnx(source, prepared).to(path)


@dataclass(frozen=True, slots=True)
class _SimplifiedFromOnnx(Work[ModelProto, ModelProto]):
    source: Path
    prepared: ModelProto | None

    def requires(self) -> ModelProto:
        return self.prepared or read_onnx(self.source)

    def run(self, given: ModelProto) -> ModelProto:
        import onnxsim

        try:
            simplified: ModelProto = onnxsim.simplify(given)[0]
        except Exception as error:  # onnxsim raises whatever its C++ core throws
            reason = str(error).strip().splitlines()[:1]
            raise StageError(
                f"simplified_from_onnx: onnxsim cannot simplify {self.source.name}"
                f" ({''.join(reason)}). Report the model to onnxsim."
            ) from error
        return simplified

    def ensures(self, given: ModelProto, made: ModelProto) -> None:
        if _interface(made) != _interface(given):
            raise StageError(
                f"simplified_from_onnx: inputs and outputs were {_interface(given)},"
                f" onnxsim made them {_interface(made)}. Report the model to onnxsim."
            )

    def write(self, made: ModelProto, path: Path) -> None:
        write_onnx(made, path)


def _interface(model: ModelProto) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return (
        tuple(value.name for value in graph_inputs(model)),
        tuple(value.name for value in model.graph.output),
    )
