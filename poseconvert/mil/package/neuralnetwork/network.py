"""Layers in their order -> ops: each is given what its blobs stand for at that moment."""

from __future__ import annotations

from typing import Any

from poseconvert.budgets import BLOCK_DEPTH
from poseconvert.mil.package.neuralnetwork.lowering import LAYERS, Lowering, Value

#: Layers that cannot be lowered, and why.
REFUSED = {
    "custom": "is custom: what it computes is code of its app",
    "loopBreak": "leaves a loop from within, which is not computed",
    "loopContinue": "skips the rest of a loop's turn, which is not computed",
}
#: Layers that tell the sequence from the batch.
SEQUENTIAL = frozenset(
    {
        "simpleRecurrent",
        "gru",
        "uniDirectionalLSTM",
        "biDirectionalLSTM",
        "sequenceRepeat",
        "cropResize",
    }
)


def lower_layers(to: Lowering, layers: Any) -> None:
    """Lower layers into the block that is being written.

    Raises
    ------
    PackageError
        One is of a kind that is not lowered, reads a blob that nothing wrote, or has parameters
        or weights that do not fit; it names the layer.
    """
    if len(to.drafts) > BLOCK_DEPTH.value:
        raise to.error(f"nests more than {BLOCK_DEPTH}")
    for message in layers:
        to.layer = message.name or (message.output[0] if message.output else "?")
        kind = message.WhichOneof("layer")
        if kind not in LAYERS:
            raise to.error(REFUSED.get(kind, f"is a {kind or 'layer of no known kind'}"))
        blobs = to.drafts[-1].blobs
        unknown = [name for name in message.input if name not in blobs]
        if unknown:
            raise to.error(f'({kind}) reads "{unknown[0]}", which nothing computes before it')
        inputs = tuple(blobs[name] for name in message.input)
        held = message.outputTensor
        to.held_rank = int(held[0].rank) or None if len(held) else None
        _write(to, message, kind, inputs)


def _write(to: Lowering, message: Any, kind: str, inputs: tuple[Value, ...]) -> None:
    try:
        lowered = LAYERS[kind](to, getattr(message, kind), inputs)
    except (ValueError, IndexError, TypeError, KeyError) as error:
        raise to.error(f"({kind}) does not fit its inputs ({error})") from error
    if kind in ("branch", "loop"):
        return
    results = lowered if isinstance(lowered, tuple) else (lowered,)
    if len(message.output) > len(results):
        raise to.error(f"({kind}) has {len(message.output)} outputs, gives {len(results)}")
    to.drafts[-1].blobs.update(zip(message.output, results, strict=False))  # fewer may be asked


def is_sequential(layers: Any) -> bool:
    """Whether any layer, nested ones included, tells the sequence from the batch."""
    return any(map(_tells_apart, layers))


def _tells_apart(message: Any) -> bool:
    kind = message.WhichOneof("layer")
    parameters: Any = getattr(message, kind) if kind else None
    if kind == "concat":
        return bool(parameters.sequenceConcat)
    if kind == "permute":
        return not parameters.axis or parameters.axis[0] != 0
    if kind == "reshape":
        return len(parameters.targetShape) == 4 and parameters.targetShape[0] != 1
    if kind == "branch":
        return is_sequential(parameters.ifBranch.layers) or is_sequential(
            parameters.elseBranch.layers
        )
    if kind == "loop":
        return is_sequential(parameters.bodyNetwork.layers)
    return kind in SEQUENTIAL or kind in _WITH_AXES


#: Layers whose axes are counted from the front: in the older convention from the sequence.
_WITH_AXES = frozenset(
    [
        "transpose",
        "concatND",
        "splitND",
        "stack",
        "tile",
        "reverse",
        "reverseSeq",
        "squeeze",
        "expandDims",
        "flattenTo2D",
        "reshapeStatic",
        "reshapeDynamic",
        "rankPreservingReshape",
        "reshapeLike",
        "getShape",
        "slidingWindows",
        "constantPad",
        "sliceStatic",
        "sliceDynamic",
        "sliceBySize",
        "gather",
        "gatherND",
        "gatherAlongAxis",
        "scatter",
        "scatterND",
        "scatterAlongAxis",
        "topK",
        "argSort",
        "oneHot",
        "cumSum",
        "whereNonZero",
        "argMax",
        "argMin",
        "softmaxND",
        "fillLike",
        "fillStatic",
        "fillDynamic",
        "broadcastToLike",
        "broadcastToStatic",
        "broadcastToDynamic",
        "reduceL1",
        "reduceL2",
        "reduceMax",
        "reduceMin",
        "reduceSum",
        "reduceProd",
        "reduceMean",
        "reduceLogSum",
        "reduceSumSquare",
        "reduceLogSumExp",
        "pooling3d",
        "globalPooling3d",
        "convolution3d",
        "loadConstantND",
        "batchedMatmul",
        "embeddingND",
        "layerNormalization",
        "NonMaximumSuppression",
    ]
)
