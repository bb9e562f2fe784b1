"""MIL op ``classify``, of family ``classify``."""

from __future__ import annotations

from typing import Any

import numpy as np

from poseconvert.mil.ops.shared import Array, op


@op("classify", since="CoreML5")
def classify(*, probabilities: Array, classes: Array) -> tuple[Any, ...]:
    """``y = classes[argmax(probabilities)]``, and a dictionary of every class's probability.

    Shapes
    ------
    ``probabilities``: any with as many elements as ``classes``: [n].

    Raises
    ------
    ValueError
        Their numbers differ.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/classify.py, ``classify``.
    """
    flat = np.asarray(probabilities).reshape(-1)
    if flat.size != classes.size or not flat.size:
        raise ValueError(f"{flat.size} probabilities for {classes.size} classes")
    labels = classes.reshape(-1).tolist()
    return np.array(labels[int(np.argmax(flat))]), dict(zip(labels, flat.tolist(), strict=True))
