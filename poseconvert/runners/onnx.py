"""ONNX Runtime with every graph optimisation off: its own fusions must not be the drift."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import redirect_stdout
from functools import partial
from pathlib import Path
from typing import Any

from numpy.typing import NDArray
from onnx import ModelProto

from poseconvert.errors import RunError
from poseconvert.graph.reader import read_onnx
from poseconvert.runners.runner import Batch, Outputs, Tensor, leading, run_each


class OnnxRunner:
    """Evaluates an ONNX file with ONNX Runtime on CPU.

    Parameters
    ----------
    path : the model; vetted before ONNX Runtime sees it.
    normalize : what the caller must do to 0-255 pictures for this file; only an
        ONNX file that came from the user may need it.
    model : what to run instead of the file, which is then only named in errors.

    Raises
    ------
    GraphError : the file is refused.
    RunError : ONNX Runtime cannot load it.
    """

    precision = ""

    def __init__(
        self,
        path: Path,
        *,
        normalize: Callable[[Batch], Batch] | None = None,
        model: ModelProto | None = None,
    ) -> None:
        import onnxruntime

        self._given = model
        self._session = session(model or read_onnx(path), path)
        self.size = leading(value.shape for value in self._session.get_inputs())
        self._names = [output.name for output in self._session.get_outputs()]
        self._path = path
        self._normalize = normalize
        self.name = f"ONNX Runtime {onnxruntime.__version__}"

    def run(self, batch: Batch) -> Outputs:
        """Evaluate N inputs, as many at a time as the graph takes."""
        given = self._normalize(batch) if self._normalize else batch
        return run_each(given, self._run_one, size=self.size)

    def variants(self) -> Iterator[tuple[str, Callable[[Batch], Outputs]]]:
        """Yield what is changed, in a word or two, and a function that runs so."""
        yield "1 thread", partial(self._threads, count=1)
        yield "2 threads", partial(self._threads, count=2)

    def random_ops(self) -> tuple[str, ...]:
        """Name the ops that draw random numbers."""
        from poseconvert.runners.random_ops import random_ops_of_onnx

        return random_ops_of_onnx(self._given or read_onnx(self._path))

    def _threads(self, batch: Batch, *, count: int) -> Outputs:
        before = self._session
        self._session = session(self._given or read_onnx(self._path), self._path, threads=count)
        try:
            return self.run(batch)
        finally:
            self._session = before

    def _run_one(self, one: Mapping[str, Tensor]) -> dict[str, Any]:
        values = run_session(self._session, self._path, self._names, one)
        return dict(zip(self._names, values, strict=True))


def session(model: ModelProto, path: Path, *, threads: int = 0) -> Any:
    """Open an ONNX Runtime session with every graph optimisation off.

    Parameters
    ----------
    threads : how many work on one op; 0 for as many as ONNX Runtime likes.

    Raises
    ------
    RunError : ONNX Runtime cannot load the model; ``path`` is named.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = threads
    options.log_severity_level = 4  # what it says is in its exception
    try:
        with redirect_stdout(io.StringIO()):  # it prints there that it tries once more
            return onnxruntime.InferenceSession(
                model.SerializeToString(), options, providers=["CPUExecutionProvider"]
            )
    except Exception as error:  # onnxruntime's exceptions share no public base
        raise RunError(f"{path.name}: ONNX Runtime cannot load it ({_line(error)}).") from error


def run_session(
    run: Any, path: Path, names: Sequence[str], feeds: Mapping[str, Tensor]
) -> list[NDArray[Any]]:
    """Run a session and return the outputs ``names``.

    Raises
    ------
    RunError : ONNX Runtime fails; ``path`` is named.
    """
    try:
        values: list[NDArray[Any]] = run.run(list(names), dict(feeds))
    except Exception as error:  # onnxruntime's exceptions share no public base
        raise RunError(f"{path.name}: ONNX Runtime failed ({_line(error)}).") from error
    return values


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())[:200]
