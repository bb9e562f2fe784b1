"""The interface of coremltools' native ``_MLModelProxy``, served by the reference executor.

Source: apple/coremltools:coremlpython/CoreMLPython.mm and models/model.py, version 9.0. Method
names are coremltools'. Load errors are ``RuntimeError``, the one kind coremltools catches.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from poseconvert.errors import PoseconvertError
from poseconvert.mil.executor.executor import Executor
from poseconvert.mil.executor.precision import Precision
from poseconvert.mil.executor.state import State
from poseconvert.mil.package.features import ArrayFeature, ImageFeature, InputFeature, OutputFeature
from poseconvert.mil.package.program import DTYPES, Array
from poseconvert.mil.package.reader import NEWEST_SPEC_VERSION, read_package

_COMPILED = ".mlmodelc"
#: How Core ML's own message begins: tests of other projects, and coremltools' own, look for it.
_REFUSED = "Unable to compute the prediction using ML Program"


class StateProxy:
    """The interface of coremltools' native state object."""

    def __init__(self, held: State) -> None:
        self.held = held

    def read_state(self, name: str) -> Array:
        """Copy one state's value; an unknown name is a RuntimeError."""
        try:
            return self.held.read(name)
        except PoseconvertError as error:
            raise RuntimeError(str(error)) from error

    def write_state(self, name: str, value: Array) -> None:
        """Replace one state's value; an unknown name or wrong shape is a RuntimeError."""
        try:
            self.held.write(name, value)
        except PoseconvertError as error:
            raise RuntimeError(str(error)) from error


class ModelProxy:
    """A loaded model, as coremltools sees it.

    Parameters
    ----------
    path
        An ``.mlpackage``, or what ``compileModel`` gave.
    compute_units, hints, asset
        Taken and ignored: there is one way to compute here.
    function_name
        Of a package with several; empty for the default one.

    Raises
    ------
    RuntimeError
        The package is refused, or a prediction; the text holds our error's.
    """

    precision: ClassVar[Precision] = "fp16"

    def __init__(
        self,
        path: str,
        compute_units: str = "ALL",
        function_name: str | None = "",
        hints: Mapping[str, str] | None = None,
        asset: object = None,
    ) -> None:
        if asset is not None:
            raise RuntimeError("the reference executor loads no model assets. Load from a path.")
        try:
            self.package = read_package(_uncompiled(Path(path)), function=function_name or None)
            self._executor = Executor(self.package, precision=self.precision)
        except PoseconvertError as error:
            raise RuntimeError(str(error)) from error

    def __repr__(self) -> str:
        return repr(self._executor)

    def predict(self, data: Mapping[str, Any], state: Any = None) -> dict[str, Any]:
        """Run the model once; PIL pictures for images, anything numpy takes for multi-arrays."""
        inputs = {
            feature.name: _taken(feature, data[feature.name])
            for feature in self.package.inputs
            if feature.name in data
        }
        held = None if state is None else state.held
        try:
            outputs = self._executor.run(inputs, state=held)
        except PoseconvertError as error:
            raise RuntimeError(f"{_REFUSED}: {error}") from error
        return {f.name: _given(f, outputs[f.name]) for f in self.package.outputs}

    def newState(self) -> StateProxy:  # noqa: N802
        """Make the model's states, all zero."""
        return StateProxy(self._executor.make_state())

    def batchPredict(self, data: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:  # noqa: N802
        """Run the model on each of several inputs."""
        return [self.predict(one) for one in data]

    def get_compiled_model_path(self) -> str:
        """Give a folder that ``CompiledMLModel`` can load."""
        return self.compileModel(str(self.package.path))

    @staticmethod
    def maximum_supported_specification_version() -> int:
        """Give the newest specification version that can be run."""
        return NEWEST_SPEC_VERSION

    @staticmethod
    def compileModel(path: str) -> str:  # noqa: N802
        """Copy the package into a new ``.mlmodelc`` folder: nothing is compiled ahead of time."""
        source = _uncompiled(Path(path))
        folder = Path(tempfile.mkdtemp()) / f"{source.stem}{_COMPILED}"
        if source.is_file():
            folder.mkdir()
            shutil.copyfile(source, folder / source.name)
        else:
            shutil.copytree(source, folder / source.name)
        return str(folder)


def _uncompiled(path: Path) -> Path:
    """Find the package or model file that ``compileModel`` put into a folder."""
    return next(path.glob("*.ml[pm]*[el]"), path) if path.suffix == _COMPILED else path


def _taken(feature: InputFeature, value: Any) -> Array:
    """Bring a picture or array to the declared dtype, as Core ML itself does."""
    array = np.asarray(value)
    if isinstance(feature, ArrayFeature):
        return array.astype(DTYPES[feature.dtype], copy=False)
    return array


def _given(feature: OutputFeature, value: Any) -> Any:
    """Give images as PIL pictures, as Core ML's bindings do; all else as it is."""
    if not isinstance(feature, ImageFeature):
        return value
    from PIL import Image

    half = feature.colour_space == "GRAYSCALE_FLOAT16"
    return Image.fromarray(value.astype(np.float32) if half else value)
