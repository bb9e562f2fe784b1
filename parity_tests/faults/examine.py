"""Bases to plant faults into, and what poseconvert says of a folder."""

import json
import shutil
from pathlib import Path

import networks

from poseconvert.network.source import ModelOptions
from poseconvert.pipeline.chain.conversion import open_conversion
from poseconvert.pipeline.chain.recorded import read_recorded
from poseconvert.pipeline.convert.convert import ConvertOptions, convert
from poseconvert.pipeline.diagnose.diagnose import diagnose
from poseconvert.pipeline.diff.diff import measure

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
IMAGENET = {
    "scale": tuple(1 / (255 * std) for std in STD),
    "bias": tuple(-mean / std for mean, std in zip(MEAN, STD, strict=True)),
}
HEATMAPS = [{
    "skeleton": "coco_17", "joints": 17, "grid": [8, 8], "stride": [16, 16], "size": [128, 128],
    "heatmap": "heatmap", "offset": "offset", "offset_order": "yx", "offset_unit": "pixel",
    "activation": "probability", "refinement": "offset", "frame": "corner", "centre": 0,
    "z_zero": 0, "threshold": 0,
}]  # fmt: skip


def silent(step):
    """Progress that nobody reads."""


def make_base(name, folder: Path):
    """Convert one of the small networks into ``folder``, an empty one; return the conversion."""
    target = folder / "base.poseconvert"
    target.mkdir()
    suffix = ".pt" if name == "script" else ".onnx"
    path = folder / f"model{suffix}"
    options = ConvertOptions()
    if name == "script":
        networks.zoo_script(path)
        options = ConvertOptions(model=networks.SCRIPT)
    elif name == "onnx":
        networks.zoo_onnx(path)
    elif name == "imagenet":
        networks.plain(path)
        options = ConvertOptions(model=ModelOptions(**IMAGENET))
    else:
        {"overflowing": networks.overflowing, "underflowing": networks.underflowing,
         "saturated": networks.saturated, "twins": networks.twins}[name](path)  # fmt: skip
        decode = None
        if name == "saturated":
            decode = folder / "decode.json"
            decode.write_text(json.dumps(HEATMAPS))
        options = ConvertOptions(rescue=False, decode=str(decode) if decode else None)
    convert(path, target, target=target, options=options, progress=silent)
    return target


def copy_of(base: Path, to: Path) -> Path:
    """Copy a conversion with the model beside it, where its manifest looks for it."""
    for path in base.parent.iterdir():
        if path.is_file():
            shutil.copy(path, to)
    return Path(shutil.copytree(base, to / base.name))


def examine(folder: Path, planted, *, opened=lambda: None):
    """Measure and diagnose, edited files and all; ``opened`` is called once records are read."""
    recorded = read_recorded(planted.recorded) if planted.recorded else None
    pictures = planted.pictures
    conversion = open_conversion(folder, allow_edited=True)
    opened()
    measurement = measure(
        conversion, pictures=pictures, model=None, progress=silent, recorded=recorded
    )
    return measurement, diagnose(
        conversion, measurement, model=None, pictures=pictures, recorded=recorded, progress=silent
    )
