"""Pictures as other frameworks declare them, integers or channels last, as Core ML takes them."""

from __future__ import annotations

from collections.abc import Sequence

from onnx import ModelProto, TensorProto, ValueInfoProto, helper

from poseconvert.graph.reader import graph_inputs

# Types that hold every value of a picture.
_INTEGERS = {
    TensorProto.UINT8, TensorProto.UINT16, TensorProto.UINT32, TensorProto.UINT64,
    TensorProto.INT16, TensorProto.INT32, TensorProto.INT64,
}  # fmt: skip
_REAL = {TensorProto.FLOAT16, TensorProto.DOUBLE, TensorProto.BFLOAT16}
# (frames, joints, coordinates) ends with 3 too: nobody's picture is so small.
_LEAST_SIDE = 32
_TO_LAST, _TO_FIRST = (0, 2, 3, 1), (0, 3, 1, 2)


def with_float_pictures(model: ModelProto) -> tuple[ModelProto, tuple[str, ...]]:
    """Return a graph whose pictures are float32 (N, 3, H, W); what they become stays inside.

    Returns
    -------
    tuple
        The graph, the same object where nothing is to be done, and what was done in sentences.
    """
    asked = [value for value in graph_inputs(model) if _foreign(value)]
    if not asked:
        return model, ()
    made = ModelProto()
    made.CopyFrom(model)
    notes, nodes = [], []
    for value in made.graph.input:
        if value.name not in {one.name for one in asked}:
            continue
        kind, last = value.type.tensor_type.elem_type, _channels_last(value)
        inside = f"{value.name}__as_declared"
        for node in made.graph.node:
            node.input[:] = [inside if name == value.name else name for name in node.input]
        source = value.name
        if last:
            turned = inside if kind == TensorProto.FLOAT else f"{value.name}__channels_last"
            nodes.append(helper.make_node("Transpose", [source], [turned], perm=_TO_LAST))
            source = turned
            dims = [value.type.tensor_type.shape.dim[axis] for axis in _TO_FIRST]
            sizes = [dim.dim_value or dim.dim_param or None for dim in dims]
            value.CopyFrom(helper.make_tensor_value_info(value.name, TensorProto.FLOAT, sizes))
        if kind != TensorProto.FLOAT:
            nodes.append(helper.make_node("Cast", [source], [inside], to=kind))
            value.type.tensor_type.elem_type = TensorProto.FLOAT
        notes.append(_note(value.name, kind, last=last))
    kept = list(made.graph.node)
    del made.graph.node[:]
    made.graph.node.extend([*nodes, *kept])
    return made, tuple(notes)


def takes_integers(model: ModelProto) -> bool:
    """Whether a graph, as its maker declared it, takes pictures of integers."""
    return any(
        _foreign(value) and value.type.tensor_type.elem_type in _INTEGERS
        for value in graph_inputs(model)
    )


def channels_first(shape: Sequence[int]) -> tuple[int, ...]:
    """Return the shape of a picture (N, H, W, 3) as (N, 3, H, W); any other as it is."""
    if len(shape) == 4 and shape[3] == 3 and shape[1] != 3:
        return tuple(shape[axis] for axis in _TO_FIRST)
    return tuple(shape)


def _foreign(value: ValueInfoProto) -> bool:
    """Whether an input is a picture of three channels, and not float32 (N, 3, H, W)."""
    dims = value.type.tensor_type.shape.dim
    kind = value.type.tensor_type.elem_type
    if len(dims) != 4 or kind not in {TensorProto.FLOAT, *_INTEGERS, *_REAL}:
        return False
    return _channels_last(value) or (dims[1].dim_value == 3 and kind != TensorProto.FLOAT)


def _channels_last(value: ValueInfoProto) -> bool:
    _, height, width, channels = value.type.tensor_type.shape.dim
    sides = [height.dim_value or _LEAST_SIDE, width.dim_value or _LEAST_SIDE]
    return channels.dim_value == 3 and height.dim_value != 3 and min(sides) >= _LEAST_SIDE


def _note(name: str, kind: int, *, last: bool) -> str:
    declared = TensorProto.DataType.Name(kind).lower()
    what = " and ".join(
        part
        for part in (
            f"of {declared}" if kind != TensorProto.FLOAT else "",
            "channels last" if last else "",
        )
        if part
    )
    return (
        f"input {name} is declared {what}: every artifact takes it as float32 (N, 3, H, W), and"
        " the rest is done inside"
    )
