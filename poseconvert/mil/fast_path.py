"""The fast path: a program's translation to ONNX, run by ONNX Runtime with all optimisations.

It gives what the interpreter gives, to float32 rounding, or nothing: ``why`` then says why not.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

import numpy as np
import torch

from poseconvert.errors import UnsupportedOpError
from poseconvert.mil.plan import BlockPlan
from poseconvert.mil.precision import Precision
from poseconvert.mil.program import Array, Package
from poseconvert.mil.refusal import refusal

if TYPE_CHECKING:
    from poseconvert.mil.onnx_program import Translation

#: What runs a program: ONNX Runtime where it may and can, never, or without exception.
Engine: TypeAlias = Literal["auto", "interpreter", "onnxruntime"]

#: The modes that do not round at every op: rounding is the interpreter's business.
_MODES = ("fp32", "fp16-promoted")

_log = logging.getLogger(__name__)


class FastPath:
    """One program in ONNX Runtime; translated and loaded at the first run.

    Parameters
    ----------
    package
        What ``read_package`` gave.
    plan
        The package, compiled.
    precision, engine
        The executor's.

    Raises
    ------
    UnsupportedOpError
        ONNX Runtime alone is wanted and cannot serve the program.
    ValueError
        The engine is unknown.
    """

    def __init__(
        self, package: Package, plan: BlockPlan, *, precision: Precision, engine: Engine
    ) -> None:
        if engine not in get_args(Engine):
            raise ValueError(f'unknown engine "{engine}", expected one of {get_args(Engine)}')
        self._package = package
        self._plan = plan
        self._session: Any = None
        self._translation: Translation | None = None
        self._why: str | None = None
        if engine == "interpreter":
            self._why = "the interpreter was asked for"
        elif precision not in _MODES:
            self._why = f"mode {precision} rounds at every op, which only the interpreter does"
        if engine == "onnxruntime" and self.why:
            cure = "Leave it to the interpreter."
            raise refusal(UnsupportedOpError, package.path, self.why, cure)

    @property
    def why(self) -> str:
        """Why the interpreter serves the program, in one line; empty when ONNX Runtime does."""
        if self._why is None:
            self._why = self._load()
        return self._why

    def run(self, fed: Mapping[str, Array]) -> dict[str, Array] | None:
        """Run the program on checked inputs.

        Parameters
        ----------
        fed
            By input name, in carriers, as ``poseconvert.mil.feed`` gives them.

        Returns
        -------
        dict of str to Array, or None
            The outputs in carriers. ``None`` leaves this run to the interpreter: ONNX Runtime
            cannot serve the program or refuses these inputs, or a number is not finite, which
            its kernels treat each in its own way.
        """
        if self.why or not _finite(fed.values()):
            return None
        assert self._translation is not None
        names = self._translation.outputs
        try:
            outputs = self._session.run(list(names.values()), dict(fed))
        except Exception as error:  # onnxruntime's exceptions share no public base
            _log.debug("ONNX Runtime refused a run: %s", error)
            return None
        return dict(zip(names, outputs, strict=True)) if _finite(outputs) else None

    def _load(self) -> str:
        from poseconvert.mil.onnx_program import translate  # onnx, which the interpreter spares

        try:
            self._translation = translate(self._package, self._plan)
        except UnsupportedOpError as reason:
            return str(reason)
        try:
            self._session = _session(self._translation)
        except Exception as error:  # onnxruntime's exceptions share no public base
            return f"ONNX Runtime refuses the translation: {' '.join(str(error).split())[:300]}"
        return ""


def _session(translation: Translation) -> Any:
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.intra_op_num_threads = torch.get_num_threads()
    options.log_severity_level = 4
    options.add_session_config_entry("session.strict_shape_type_inference", "1")
    options.add_session_config_entry("session.force_spinning_stop", "1")
    names = list(translation.weights)
    arrays = [ort.OrtValue.ortvalue_from_numpy(translation.weights[name]) for name in names]
    options.add_external_initializers(names, arrays)
    return ort.InferenceSession(
        translation.model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )


def _finite(arrays: Any) -> bool:
    return all(bool(np.isfinite(a).all()) for a in arrays if a.dtype.kind == "f")
