"""ONNX to simplified ONNX: constants folded, batch norm folded, names kept."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from onnx import ModelProto

from poseconvert.errors import StageError
from poseconvert.graph.reader import graph_inputs, read_onnx, write_onnx

Prepare = Callable[[ModelProto], ModelProto]


def simplified_from_onnx(source: Path, path: Path, *, prepare: Prepare | None = None) -> None:
    """Simplify the model at ``source`` with onnxsim and write it to ``path``.

    Parameters
    ----------
    prepare : applied first: fixes the input shape or normalises the picture of
        an ONNX file that came from the user.

    Raises
    ------
    StageError : onnxsim fails, or inputs or outputs changed their names.
    """
    import onnxsim

    original = read_onnx(source)
    original = prepare(original) if prepare else original
    try:
        simplified, _ = onnxsim.simplify(original)
    except Exception as error:  # onnxsim raises whatever its C++ core throws
        reason = str(error).strip().splitlines()[:1]
        raise StageError(
            f"simplified_from_onnx: onnxsim cannot simplify {source.name} ({''.join(reason)})."
            " Report the model to onnxsim."
        ) from error
    if _interface(simplified) != _interface(original):
        raise StageError(
            f"simplified_from_onnx: inputs and outputs were {_interface(original)},"
            f" onnxsim made them {_interface(simplified)}. Report the model to onnxsim."
        )
    write_onnx(simplified, path)


def _interface(model: ModelProto) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return (
        tuple(value.name for value in graph_inputs(model)),
        tuple(value.name for value in model.graph.output),
    )
