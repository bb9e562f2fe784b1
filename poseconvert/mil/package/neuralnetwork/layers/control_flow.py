"""Branches and loops.

A network's blobs may be written again, MIL's values are written once: what a branch or a loop
writes again leaves it as a result.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from poseconvert.mil.package.neuralnetwork.lowering import Lowering, Value, layer
from poseconvert.mil.package.neuralnetwork.network import lower_layers
from poseconvert.mil.package.program import Block

_FOREVER = 2**31 - 1


@layer("branch")
def branch(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> tuple[Value, ...]:
    """``cond``: the other block gives the values as they were."""
    owner, before = to.layer, dict(to.drafts[-1].blobs)
    drafts = []
    for network in (p.ifBranch, p.elseBranch):
        to.open()
        lower_layers(to, network.layers)
        drafts.append(to.close())
    to.layer = owner
    first, second = (draft.blobs for draft in drafts)
    changed = [
        name
        for name in first.keys() & second.keys()
        if not first[name] == second[name] == before.get(name)
    ]
    names = sorted(changed)
    if not names:
        return ()
    blocks = tuple(
        Block((), tuple(draft.operations), tuple(str(draft.blobs[name]) for name in names))
        for draft in drafts
    )
    ranks = [
        to.ranks[first[name]] if to.ranks[first[name]] == to.ranks[second[name]] else None
        for name in names
    ]
    pred = to.cast(to.scalar(inputs[0]), "bool")
    results = to.ops("cond", ranks, blocks=blocks, pred=pred)
    to.drafts[-1].blobs.update(zip(names, results, strict=True))
    return ()


@layer("loop")
def loop(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> tuple[Value, ...]:
    """``while_loop``; its turns are counted where they are limited."""
    owner, blobs = to.layer, to.drafts[-1].blobs
    written = {*_written(p.conditionNetwork.layers), *_written(p.bodyNetwork.layers)}
    carried = sorted(written & blobs.keys())
    limit = int(p.maxLoopIterations) or _FOREVER
    if inputs and not p.HasField("conditionNetwork"):
        limit_value: Any = to.scalar(to.cast(inputs[0], "int32"))
    else:
        limit_value = limit
    start = (to.stored(np.int32(0)), *(blobs[name] for name in carried))
    condition = _block(to, p, carried, start, limit_value, body=False)
    body = _block(to, p, carried, start, limit_value, body=True)
    to.layer = owner
    ranks = [0, *(to.ranks[blobs[name]] for name in carried)]
    dtypes = ["int32", *("fp32" for _ in carried)]
    results = to.ops("while_loop", ranks, dtypes, blocks=(condition, body), loop_vars=start)
    blobs.update(zip(carried, results[1:], strict=True))
    return ()


def _block(
    to: Lowering,
    p: Any,
    carried: list[str],
    start: tuple[Value, ...],
    limit: Any,
    *,
    body: bool,
) -> Block:
    """Lower the condition, or it and the body: the body sees what the condition computed."""
    to.open()
    inputs = [to.declare(0, "int32")]
    inputs += [to.declare(to.ranks[value]) for value in start[1:]]
    blobs = to.drafts[-1].blobs
    blobs.update((name, Value(own)) for name, (own, _) in zip(carried, inputs[1:], strict=True))
    lower_layers(to, p.conditionNetwork.layers)
    counter = Value(inputs[0][0])
    if body:
        lower_layers(to, p.bodyNetwork.layers)
        following = to.op("add", 0, "int32", x=counter, y=1)
        outputs: tuple[str, ...] = (following, *(blobs[name] for name in carried))
    else:
        goes_on = to.op("less", 0, "bool", x=counter, y=limit)
        if p.conditionVar:
            if p.conditionVar not in blobs:
                raise to.error(f'loops on "{p.conditionVar}", which nothing computes')
            held = to.cast(to.scalar(blobs[p.conditionVar]), "bool")
            goes_on = to.op("logical_and", 0, "bool", x=goes_on, y=held)
        outputs = (goes_on,)
    draft = to.close()
    return Block(tuple(inputs), tuple(draft.operations), tuple(map(str, outputs)))


def _written(layers: Any) -> Iterator[str]:
    """Names of the blobs that layers write, nested ones included."""
    for one in layers:
        yield from one.output
        kind = one.WhichOneof("layer")
        if kind == "branch":
            yield from _written(one.branch.ifBranch.layers)
            yield from _written(one.branch.elseBranch.layers)
        elif kind == "loop":
            yield from _written(one.loop.conditionNetwork.layers)
            yield from _written(one.loop.bodyNetwork.layers)
