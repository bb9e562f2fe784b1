"""What each input of a network is: a picture or not, and what the package takes it as."""

from __future__ import annotations

from collections.abc import Mapping

from poseconvert.errors import GraphError
from poseconvert.imaging.preprocessing import Fit, Preprocessing
from poseconvert.pipeline.chain.model import LoadedModel
from poseconvert.stages.coreml_options import InputKind


def pictured_inputs(origin: LoadedModel, *, fit: Fit, asked: bool) -> dict[str, Preprocessing]:
    """Say, of the inputs that are pictures, how a picture becomes them.

    Parameters
    ----------
    asked : whether the user gives pictures, which must then fill every input.

    Raises
    ------
    GraphError : inputs of different batch sizes, or pictures cannot fill them all.
    """
    if len({shape[:1] for shape in origin.inputs.values()}) > 1:
        shapes = ", ".join(f"{name} {shape}" for name, shape in origin.inputs.items())
        raise GraphError(
            f"{origin.path}: inputs {shapes} do not begin with one batch size. Give --input for"
            " each, with the same first size."
        )
    others = [f"{n} {shape}" for n, shape in origin.inputs.items() if n not in origin.pictures]
    if others and asked:
        raise GraphError(
            f"{origin.path}: input {', '.join(others)} is not a picture (1, 3, H, W);"
            " --image cannot be used with it."
        )
    found = {}
    for name in origin.pictures:
        height, width = origin.inputs[name][2:]
        found[name] = Preprocessing(width=width, height=height, fit=fit)
    return found


def image_inputs(origin: LoadedModel, kinds: Mapping[str, InputKind]) -> tuple[str, ...]:
    """Return the inputs that the package takes as images: what was said, else single pictures.

    Parameters
    ----------
    kinds : by name of the input; "" is every input that is not named.

    Raises
    ------
    GraphError : a name that no input has.
    """
    kinds = {origin.renamed.get(name, name): kind for name, kind in kinds.items()}
    if unknown := [name for name in kinds if name and name not in origin.inputs]:
        raise GraphError(
            f"{origin.path}: --input-kind {', '.join(unknown)}: its inputs are"
            f" {', '.join(origin.inputs)}. Use those."
        )
    found = []
    for name, shape in origin.inputs.items():
        single = name in origin.pictures and shape[0] == 1
        said = kinds.get(name) or kinds.get("")
        if said == "image" or (said is None and single):
            found.append(name)
    return tuple(found)
