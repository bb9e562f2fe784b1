"""Which conversion is meant: a named one, the one here, or one made for the while."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from poseconvert.cli.bundled import REFERENCE_MODEL
from poseconvert.conversion.atomic_write import MANIFEST, scratch_folder
from poseconvert.errors import ConversionError


@contextmanager
def conversion_folder(named: Path | None, progress: Callable[[str], None]) -> Iterator[Path]:
    """Yield the conversion that is meant, see :func:`meant`.

    Temporary files of all libraries lie in a folder that is swept. A MODEL, or the folder of a
    reference model, is converted into one of them, which is gone afterwards.

    Raises
    ------
    ConversionError : several conversions in the current folder, or none at all.
    """
    place = meant(named)
    model = _model(place)
    with scratch_folder() as scratch:
        if model is None:
            yield place
            return
        from poseconvert.pipeline.convert.convert import ConvertOptions, convert

        folder = scratch / "reference.poseconvert"
        folder.mkdir()
        convert(model, folder, target=folder, options=ConvertOptions(), progress=progress)
        yield folder


def meant(named: Path | None) -> Path:
    """Return the named conversion or MODEL, else the conversion here, else the reference model.

    Raises
    ------
    ConversionError : several conversions in the current folder, or none at all.
    """
    return named or _at_hand()


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


def made_conversion(named: Path | None) -> Path:
    """Return the named conversion, or the one in the current folder: nothing is converted.

    Raises
    ------
    ConversionError : it is a model, several conversions lie here, or none.
    """
    place = meant(named)
    if _model(place) is not None:
        raise ConversionError(
            f"{place}: is a model, not a conversion. Make one with: poseconvert convert {place}"
        )
    return place


def _model(place: Path) -> Path | None:
    """Return the model that is meant, None where ``place`` is no model but a conversion."""
    if place.is_file():
        return place
    weights = place / REFERENCE_MODEL.name
    return weights if weights.is_file() and not (place / MANIFEST).exists() else None


def _at_hand() -> Path:
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
