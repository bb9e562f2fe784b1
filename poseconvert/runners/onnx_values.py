"""Values inside an ONNX graph as ONNX Runtime computes them, never all of a large graph at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from numpy.typing import NDArray
from onnx import ModelProto

from poseconvert.errors import RunError
from poseconvert.graph.values import FED, OpenGraph, cut, giving, without_unused
from poseconvert.runners.onnx import run_session, session
from poseconvert.runners.runner import Batch

#: Values that are held together take at most so many bytes, unless a single one takes more.
HELD_BYTES = 2**28


class OnnxValues:
    """The values of a graph on one input, by name.

    Those that fit into ``bound`` are computed by one run. Of a larger graph the values are
    fetched group by group in graph order, each group by a run of its own, and the group
    before is let go.

    Parameters
    ----------
    opened : the graph.
    path : named in errors.
    names : which values will be asked for.
    normalize : what the caller must do to 0-255 pictures for this file; None: nothing.
    bound : most bytes of a group.

    Raises
    ------
    RunError : ONNX Runtime cannot load the graph.
    """

    def __init__(
        self,
        opened: OpenGraph,
        path: Path,
        *,
        names: Iterable[str],
        normalize: Callable[[Batch], Batch] | None = None,
        bound: int = HELD_BYTES,
    ) -> None:
        self._opened = opened
        self._path = path
        self._normalize = normalize
        wanted = set(names) - set(opened.inputs)
        order = [name for op in opened.ops for name in op.gives if name in wanted]
        self._groups = groups(order, nbytes=opened.nbytes, bound=bound)
        self._sessions: dict[int, Any] = {}
        self._held: dict[str, NDArray[Any]] = {}
        self._fed: Mapping[str, NDArray[Any]] = {}

    @property
    def held(self) -> int:
        """How many computed values it holds."""
        return len(self._held)

    def feed(self, one: Batch) -> None:
        """Take what the graph takes in one run; values of the run before are let go."""
        self._held = {}
        self._fed = (self._normalize(one) if self._normalize else one).tensors

    def __getitem__(self, name: str) -> NDArray[Any]:
        """Return a value on the input that was fed.

        Raises
        ------
        RunError : ONNX Runtime fails.
        """
        if name in self._fed:
            return self._fed[name]
        if name not in self._held:
            index = next(i for i, group in enumerate(self._groups) if name in group)
            group = self._groups[index]
            if index not in self._sessions:  # one at a time: each holds the weights
                self._sessions = {index: session(giving(self._opened, group), self._path)}
            self._held = {}
            values = run_session(self._sessions[index], self._path, group, self._fed)
            self._held = dict(zip(group, values, strict=True))
        return self._held[name]


class OnnxCut:
    """Parts of a graph, each computed from values that the caller gives.

    Parameters
    ----------
    opened, path : as for :class:`OnnxValues`.
    at : values that are given to whoever reads them.
    """

    def __init__(self, opened: OpenGraph, path: Path, *, at: Iterable[str]) -> None:
        self._opened = opened
        self._path = path
        self._at = tuple(at)
        self._opened_parts: dict[tuple[str, ...], Any] = {}

    def __call__(
        self, names: Sequence[str], *, fed: Callable[[str], NDArray[Any]], one: Batch
    ) -> Mapping[str, NDArray[Any]]:
        """Compute ``names``, each from the nearest values that are given.

        Parameters
        ----------
        fed : gives the value to feed for one of ``at``.
        one : the graph's own inputs, of one run.

        Raises
        ------
        RunError : ONNX Runtime cannot load the part, or fails.
        """
        part = tuple(names)
        if part not in self._opened_parts:  # one at a time: each holds its weights
            self._opened_parts = {part: session(self._model(part), self._path)}
        run = self._opened_parts[part]
        feeds = {
            name: fed(name.removesuffix(FED)) if name.endswith(FED) else one.tensors[name]
            for name in (value.name for value in run.get_inputs())
        }
        return dict(zip(part, run_session(run, self._path, part, feeds), strict=True))

    def _model(self, part: Sequence[str]) -> ModelProto:
        try:
            return without_unused(cut(self._opened, self._at, giving=part))
        except ValueError as error:  # protobuf's own limit of 2 GB
            raise RunError(f"{self._path.name}: cannot be cut open ({error}).") from error


def groups(
    names: Sequence[str], *, nbytes: Callable[[str], int], bound: int
) -> tuple[tuple[str, ...], ...]:
    """Split ``names`` in order into groups that take at most ``bound`` bytes, or are one name."""
    found: list[list[str]] = []
    room = -1
    for name in names:
        room -= nbytes(name)
        if room < 0:
            found.append([])
            room = bound - nbytes(name)
        found[-1].append(name)
    return tuple(tuple(group) for group in found)
