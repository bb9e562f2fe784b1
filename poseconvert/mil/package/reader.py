"""Reader of packages and ``.mlmodel`` files: the files, the description, and what is refused.

The translation of the program itself is in ``poseconvert.mil.package.program_from_protobuf``.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from poseconvert.budgets import (
    NETWORK_BYTES,
    PACKAGE_MANIFEST_BYTES,
    PACKAGE_MANIFEST_DEPTH,
    PROGRAM_BYTES,
)
from poseconvert.errors import PackageError
from poseconvert.mil.package.description import choose_function, input_feature, output_feature
from poseconvert.mil.package.models.pipeline import PIPELINES, package_from_pipeline
from poseconvert.mil.package.models.single import SINGLE, package_from_single
from poseconvert.mil.package.neuralnetwork.model import package_from_network
from poseconvert.mil.package.package_paths import read_bounded
from poseconvert.mil.package.program import Package
from poseconvert.mil.package.program_from_protobuf import program_from_protobuf
from poseconvert.mil.package.refusal import refusal

NEWEST_SPEC_VERSION = 9

_NETWORKS = ("neuralNetwork", "neuralNetworkClassifier", "neuralNetworkRegressor")


def read_package(path: str | Path, *, function: str | None = None) -> Package:
    """Read an ``.mlpackage`` or ``.mlmodel`` of any kind that the executor runs.

    Parameters
    ----------
    path
        The package folder, or the model file.
    function
        Which of its functions runs; None for the package's default.

    Returns
    -------
    Package
        Description and program; weights are read-only views of the mapped weight file.

    Raises
    ------
    PackageError
        One line: the folder, its manifest, model or weight file is missing, malformed or
        leads out of the package, or the model is of a kind the reference executor does not run.
    """
    root = Path(path)
    if root.suffix == ".mlmodelc":
        cure = (
            "Give the .mlmodel or .mlpackage it was compiled from: Xcode keeps it in the project."
        )
        raise refusal(PackageError, root, "a compiled model, which only Core ML reads", cure)
    if root.is_file():
        model_path, model = root, _parse(root, root, folder=root.parent)
    elif root.is_dir():
        model_path = _model_path(root)
        model = _parse(root, model_path, folder=root)
    else:
        cure = "Give the path of a package's folder or of an .mlmodel file."
        raise refusal(PackageError, root, "no .mlpackage folder is there", cure)
    if model.WhichOneof("Type") != "mlProgram" and function not in (None, "", "main"):
        choose_function(root, model.description, function)

    def read(held: Any, depth: int = 0) -> Package:
        kind = _known_kind(root, held)
        if kind in _NETWORKS:
            return package_from_network(held, getattr(held, kind), path=root)
        if kind in SINGLE:
            return package_from_single(held, kind, path=root)
        if kind in PIPELINES:
            return package_from_pipeline(held, kind, path=root, read=read, depth=depth)
        return _program_package(root, held, model_path, None if depth else function)

    return read(model)


def _program_package(root: Path, model: Any, model_path: Path, function: str | None) -> Package:
    chosen, described = choose_function(root, model.description, function)
    return Package(
        path=root,
        spec_version=model.specificationVersion,
        inputs=tuple(input_feature(root, feature) for feature in described.input),
        outputs=tuple(output_feature(root, feature) for feature in described.output),
        program=program_from_protobuf(
            model.mlProgram, package=root, model_folder=model_path.parent, chosen=chosen
        ),
        metadata=dict(model.description.metadata.userDefined),
    )


def _model_path(root: Path) -> Path:
    """Follow Manifest.json: rootModelIdentifier -> itemInfoEntries -> path below Data/."""
    text = read_bounded(root, root / "Manifest.json", PACKAGE_MANIFEST_BYTES)
    if _depth(text) > PACKAGE_MANIFEST_DEPTH.value:
        raise refusal(
            PackageError, root, f"Manifest.json is nested deeper than {PACKAGE_MANIFEST_DEPTH}"
        )
    try:
        manifest = json.loads(text)
        relative = manifest["itemInfoEntries"][manifest["rootModelIdentifier"]]["path"]
        path: Path = root / "Data" / relative
    except (ValueError, KeyError, TypeError) as error:
        raise refusal(
            PackageError,
            root,
            f"Manifest.json names no root model ({type(error).__name__}: {error})",
        ) from error
    return path


def _depth(text: bytes) -> int:
    """How deep the lists and objects of a JSON text are nested."""
    depth = deepest = 0
    for bracket in re.findall(rb"[\[{]|[\]}]", re.sub(rb'"(?:[^"\\]|\\.)*"', b"", text)):
        depth += 1 if bracket in b"[{" else -1
        deepest = max(deepest, depth)
    return deepest


@contextmanager
def _quiet(logger: logging.Logger) -> Iterator[None]:
    """Hold back a logger's warnings: coremltools logs one per native library Linux lacks."""
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)


def _parse(root: Path, path: Path, *, folder: Path) -> Any:
    """Parse the model file: the package's one door to coremltools."""
    with _quiet(logging.getLogger("coremltools")):
        from coremltools.proto import Model_pb2
    from google.protobuf.message import DecodeError

    content = read_bounded(folder, path, NETWORK_BYTES if root == path else PROGRAM_BYTES)
    model = Model_pb2.Model()
    try:
        model.ParseFromString(content)
    except DecodeError as error:
        raise refusal(
            PackageError, root, f"{path.name} is truncated or no Core ML model ({error})"
        ) from error
    return model


def _known_kind(root: Path, model: Any) -> str:
    """Give the kind of a model of a known specification version; refuse kinds that are not run."""
    version = model.specificationVersion
    if not 1 <= version <= NEWEST_SPEC_VERSION:
        raise refusal(
            PackageError,
            root,
            f"specification version {version}, the reference executor reads up to "
            f"{NEWEST_SPEC_VERSION}",
            "Convert for iOS 18 or older.",
        )
    kind = model.WhichOneof("Type")
    if kind is None:
        raise refusal(PackageError, root, "the model file holds no model")
    if kind not in ("mlProgram", *_NETWORKS, *SINGLE, *PIPELINES):
        cure = "Give an ML Program, a NeuralNetwork or a pipeline of them."
        raise refusal(PackageError, root, f"holds a {kind} model", cure)
    return str(kind)
