"""Which conversion is meant: a folder, or a MODEL that is converted into a temporary one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from poseconvert.conversion.atomic_write import MANIFEST, scratch_folder
from poseconvert.conversion.ours import is_ours
from poseconvert.errors import ConversionError
from poseconvert.face.bundled import REFERENCE_MODEL

if TYPE_CHECKING:
    from poseconvert.face.conversion import Conversion

__all__ = ["at_hand", "is_ours", "made_conversion", "model_at", "opened", "reference_model"]


@contextmanager
def opened(
    place: Path, progress: Callable[[str], None], *, allow_edited: bool = False
) -> Iterator[Conversion]:
    """Open a conversion, or convert a MODEL into a folder that is gone afterwards.

    Temporary files of all libraries lie in a folder that is swept.

    Parameters
    ----------
    place : a conversion folder, a MODEL, or the folder of a reference model.

    Raises
    ------
    PoseconvertError : neither of them, or it is refused.
    """
    from poseconvert.face.conversion import open as open_folder

    model = model_at(place)
    with scratch_folder() as scratch:
        folder = place
        if model is not None:
            from poseconvert.pipeline.convert.convert import ConvertOptions, convert

            folder = scratch / "reference.poseconvert"
            folder.mkdir()
            convert(model, folder, target=folder, options=ConvertOptions(), progress=progress)
        progress("checking the conversion")
        yield open_folder(folder, allow_edited=allow_edited)


def at_hand() -> Path:
    """Return the conversion in the current folder, else the reference model.

    Raises
    ------
    ConversionError : several conversions in the current folder, or none at all.
    """
    here = Path()
    found = [here] if (here / MANIFEST).exists() else sorted(here.glob(f"*.poseconvert/{MANIFEST}"))
    if len(found) > 1:
        names = ", ".join(path.parent.name for path in found)
        raise ConversionError(f"several conversions here ({names}). Name the one you mean.")
    if found:
        return found[0] if found[0].is_dir() else found[0].parent
    if REFERENCE_MODEL.exists():
        return REFERENCE_MODEL
    raise ConversionError(
        "no conversion in this folder and no reference model in the package."
        " Make one with: poseconvert convert MODEL"
    )


def made_conversion(place: Path) -> Path:
    """Return a conversion folder: nothing is converted.

    Raises
    ------
    ConversionError : it is a model.
    """
    if model_at(place) is not None:
        raise ConversionError(
            f"{place}: is a model, not a conversion. Make one with: poseconvert convert {place}"
        )
    return place


def model_at(place: Path) -> Path | None:
    """Return the model that is meant, None where ``place`` is not a model but a conversion."""
    if place.is_file():
        return place
    weights = place / REFERENCE_MODEL.name
    return weights if weights.is_file() and not (place / MANIFEST).exists() else None


def reference_model() -> Path:
    """Return the weights that travel with the package.

    Raises
    ------
    ConversionError : they are not there.
    """
    if not REFERENCE_MODEL.exists():
        raise ConversionError(
            f"{REFERENCE_MODEL}: the reference model is missing. Name a MODEL, or install"
            " poseconvert again."
        )
    return REFERENCE_MODEL
