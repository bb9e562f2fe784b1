"""An ``.mlmodel`` file -> the ``.mlpackage`` folder that holds it unchanged."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

_AUTHOR, _NAME = "com.apple.CoreML", "model.mlmodel"


def write_package_around(model: Path, folder: Path) -> None:
    """Write a package around a model file; the same file gives the same package.

    Parameters
    ----------
    model
        The ``.mlmodel``; its bytes are copied.
    folder
        The package to be made; it must not exist.

    Source
    ------
    coremltools 9.0, modelpackage/src/ModelPackage.cpp: file format version 1.0.0.
    """
    held = folder / "Data" / _AUTHOR
    held.mkdir(parents=True)
    shutil.copyfile(model, held / _NAME)
    identifier = str(uuid5(NAMESPACE_URL, f"{_AUTHOR}/{_NAME}")).upper()
    manifest = {
        "fileFormatVersion": "1.0.0",
        "itemInfoEntries": {
            identifier: {
                "author": _AUTHOR,
                "description": "CoreML Model Specification",
                "name": _NAME,
                "path": f"{_AUTHOR}/{_NAME}",
            }
        },
        "rootModelIdentifier": identifier,
    }
    (folder / "Manifest.json").write_text(json.dumps(manifest, indent=4) + "\n")
