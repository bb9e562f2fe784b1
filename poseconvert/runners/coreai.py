"""Apple's Core AI interpreter on an ONNX graph: a second judge of what ops mean, in float32.

It is not Core ML, and says nothing of a Neural Engine. It comes with the extra ``coreai``.
"""

from __future__ import annotations

import asyncio
import ctypes
import inspect
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto

from poseconvert.errors import RunError
from poseconvert.graph.reader import graph_inputs, read_onnx
from poseconvert.graph.shapes import static_shape
from poseconvert.runners.loop_without_sockets import PipeLoop
from poseconvert.runners.runner import Batch, Outputs, leading, run_each

Values = Mapping[str, NDArray[Any]]


def available() -> bool:
    """Tell whether the interpreter and its converter are installed."""
    return find_spec("coreai") is not None and find_spec("coreai_onnx") is not None


def require() -> None:
    """Refuse work that needs the interpreter, before it begins.

    Raises
    ------
    RunError : it is not installed.
    """
    if not available():
        raise RunError(
            "second opinion: the Core AI interpreter is not installed. Install it with: pip"
            " install 'poseconvert[coreai]'"
        )


class CoreAIRunner:
    """Evaluates an ONNX file with the Core AI interpreter.

    Parameters
    ----------
    path : the model; vetted before the interpreter sees it.

    Raises
    ------
    GraphError : the file is refused.
    RunError : the interpreter is not installed.
    """

    precision = ""

    def __init__(self, path: Path) -> None:
        require()
        self._path, self._model = path, read_onnx(path)
        self.size = leading(static_shape(value) or () for value in graph_inputs(self._model))
        self.name = f"Core AI interpreter {metadata.version('coreai-core')}"

    def run(self, batch: Batch) -> Outputs:
        """Evaluate N inputs, as many at a time as the graph takes.

        Raises
        ------
        RunError : the interpreter does not take the graph, or fails.
        """
        feeds = [one.tensors for one in batch.runs(self.size)]
        answers = iter(interpreted(self._model, feeds, name=self._path.name))
        return run_each(batch, lambda _: next(answers), size=self.size)


def interpreted(
    model: ModelProto, feeds: Sequence[Values], *, name: str
) -> list[dict[str, NDArray[Any]]]:
    """Convert a graph for the interpreter and run it on every feed, in order.

    Parameters
    ----------
    name : what errors call the graph.

    Raises
    ------
    RunError : the converter or the interpreter does not take it, or fails.
    """
    try:
        with (
            _quiet(),
            tempfile.TemporaryDirectory() as folder,
            asyncio.Runner(loop_factory=PipeLoop) as loop,
        ):
            return loop.run(_interpreted(model, feeds, Path(folder)))
    except Exception as error:  # both raise their own types and Python's
        said = " ".join(str(error).split())[:200] or type(error).__name__
        raise RunError(f"{name}: the Core AI interpreter does not run it ({said}).") from error


async def _interpreted(
    model: ModelProto, feeds: Sequence[Values], folder: Path
) -> list[dict[str, NDArray[Any]]]:
    import coreai_onnx
    from coreai.runtime import NDArray as Tensor

    asset = coreai_onnx.convert(model).save_asset(folder / "model.aimodel")
    async with asset.executable() as module:
        loaded = module.load_function(next(iter(module.function_names)))
        function = await loaded if inspect.isawaitable(loaded) else loaded
        answers = []
        for feed in feeds:
            given = {key: Tensor(np.ascontiguousarray(value)) for key, value in feed.items()}
            found = await function(given)
            answers.append({key: np.array(value.numpy()) for key, value in found.items()})
        return answers


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep both streams to ourselves: the interpreter writes a line there at every load."""
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    kept = {stream: os.dup(stream) for stream in (1, 2)}
    try:
        with Path(os.devnull).open("wb") as nowhere:
            for stream in kept:
                os.dup2(nowhere.fileno(), stream)
        yield
    finally:
        ctypes.CDLL(None).fflush(None)  # it writes through C's own buffers
        for stream, copy in kept.items():
            os.dup2(copy, stream)
            os.close(copy)
