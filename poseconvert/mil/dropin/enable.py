"""Puts the reference executor where coremltools looks for Core ML."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import Any

from poseconvert.errors import PoseconvertError
from poseconvert.mil.dropin.proxy import ModelProxy
from poseconvert.mil.executor.precision import Precision, check_precision

NATIVE_MODULE = "coremltools.libcoremlpython"
#: The macOS that coremltools is told it runs on: the newest its tests ask for.
MACOS_VERSION = (15, 5)


def enable_coremltools_predict(*, precision: Precision = "fp16") -> None:
    """Let coremltools predict with the reference executor in this process, from now on.

    May be called before or after ``import coremltools``, and again to change the precision of
    models loaded later. Names that other modules copied out of coremltools before the first call
    (``from coremltools.models.utils import _macos_version``) keep their old value, so call it
    first where you can: the pytest plugin ``poseconvert.mil.pytest_plugin`` does.

    Parameters
    ----------
    precision
        How values declared float16 are computed; see ``poseconvert.mil.executor.precision``.

    Raises
    ------
    PoseconvertError
        This is macOS, where coremltools uses the real Core ML.
    ValueError
        The precision is unknown.
    """
    check_precision(precision)
    if sys.platform == "darwin":
        raise PoseconvertError(
            "enable_coremltools_predict: this is macOS, where coremltools predicts with Core ML "
            "itself. Run poseconvert.mil.Executor where you want the reference executor."
        )
    ModelProxy.precision = precision
    if not isinstance(sys.modules.get(NATIVE_MODULE), _StandIn):
        sys.modules[NATIVE_MODULE] = _StandIn()
        import_module("coremltools")
        _pretend_macos()


class _StandIn(ModuleType):
    """What coremltools imports as its native module; names it lacks stay absent."""

    def __init__(self) -> None:
        super().__init__(NATIVE_MODULE, "The reference executor in Core ML's place.")
        self._MLModelProxy = ModelProxy


def _pretend_macos() -> None:
    """Replace what coremltools' loaded modules know of the system; later ones copy from these."""
    pretended: dict[str, Any] = {
        "_MLModelProxy": ModelProxy,
        "_IS_MACOS": True,
        "_is_macos": _constant(True),
        "_macos_version": _constant(MACOS_VERSION),
    }
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == "coremltools" and module is not None:
            for attribute, value in pretended.items():
                if attribute in vars(module):
                    setattr(module, attribute, value)


def _constant(value: Any) -> Callable[[], Any]:
    return lambda: value
