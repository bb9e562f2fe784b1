"""Our reference executor on an ``.mlpackage``: neither Core ML nor the Neural Engine."""

from __future__ import annotations

from poseconvert.drift import EXECUTOR
from poseconvert.mil import Executor, Package, Precision
from poseconvert.runners.runner import Batch, Outputs, leading, run_each


class MilRunner:
    """Evaluates a package with the reference executor: its interpreter, never ONNX Runtime.

    Parameters
    ----------
    package : what :func:`poseconvert.mil.read_package` returned.
    precision : ``fp16`` rounds once per op as declared, ``fp32`` never rounds; the other modes
        as in ``poseconvert.mil.executor.precision``.
    """

    name = EXECUTOR

    def __init__(self, package: Package, *, precision: Precision) -> None:
        # The interpreter: parity is judged by the reference, never by what is quick.
        self._executor = Executor(package, precision=precision, engine="interpreter")
        self.size = leading(getattr(feature, "shape", ()) for feature in package.inputs)
        self.precision = precision

    def run(self, batch: Batch) -> Outputs:
        """Evaluate N inputs, as many at a time as the package takes."""
        return run_each(batch, self._executor.run, size=self.size)
