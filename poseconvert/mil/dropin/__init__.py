"""coremltools' ``MLModel.predict`` on any system, by the reference executor; only when asked for.

::

    from poseconvert.mil import enable_coremltools_predict

    enable_coremltools_predict()
    coremltools.models.MLModel("pose.mlpackage").predict({"image": picture})

coremltools talks to Core ML through one native module that exists on macOS only. Enabling puts a
module of the same interface in its place and lets coremltools believe that it runs on macOS 15.5,
so that ``predict``, ``make_state``, its own op tests and its debugging tools do their work.
"""

from __future__ import annotations

from poseconvert.mil.dropin.enable import MACOS_VERSION as MACOS_VERSION
from poseconvert.mil.dropin.enable import enable_coremltools_predict as enable_coremltools_predict
from poseconvert.mil.dropin.proxy import ModelProxy as ModelProxy
