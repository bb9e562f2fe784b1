"""Which conversion is meant when none is named."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from poseconvert.conversion.folder import MANIFEST
from poseconvert.errors import ConversionError
from poseconvert.pipeline.chain import Progress
from poseconvert.pipeline.convert import ConvertOptions, convert

_MODELS = Path(__file__).resolve().parents[2] / "reference_models"
REFERENCE_MODEL = _MODELS / "dual_head_mobilenet_v1" / "model.safetensors"


@contextmanager
def conversion_folder(named: Path | None, progress: Progress) -> Iterator[Path]:
    """Yield the named conversion, the one in the current folder, or the reference model's.

    The reference model is converted into a temporary folder that is gone afterwards.

    Raises
    ------
    ConversionError : several conversions in the current folder, or none at all.
    """
    here = Path()
    found = [here] if (here / MANIFEST).exists() else sorted(here.glob(f"*.poseconvert/{MANIFEST}"))
    if named is not None:
        yield named
    elif len(found) > 1:
        names = ", ".join(path.parent.name for path in found)
        raise ConversionError(f"several conversions here ({names}). Name the one you mean.")
    elif found:
        yield found[0] if found[0].is_dir() else found[0].parent
    elif REFERENCE_MODEL.exists():
        with tempfile.TemporaryDirectory(prefix="poseconvert-") as temporary:
            folder = Path(temporary)
            convert(
                REFERENCE_MODEL, folder, target=folder, options=ConvertOptions(), progress=progress
            )
            yield folder
    else:
        raise ConversionError(
            "no conversion in this folder and no reference model beside the package."
            " Make one with: poseconvert convert MODEL"
        )
