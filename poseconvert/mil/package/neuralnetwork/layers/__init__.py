"""Layers by family; importing this registers all of them."""

from poseconvert.mil.package.neuralnetwork.layers import (  # noqa: F401
    activation,
    blobs,
    control_flow,
    convolution,
    elementwise,
    filling,
    indexing,
    normalization,
    pooling,
    products,
    recurrent,
    reduction,
    resizing,
    shaping,
    slicing,
)
