"""A conversion folder opened again: which of its artifacts may run, and MODEL if it is at hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from poseconvert.conversion.codec import shortened
from poseconvert.conversion.golden import Goldens, read_goldens
from poseconvert.conversion.manifest import Manifest, edited_artifacts, read_manifest
from poseconvert.conversion.promise import from_torch, golden_files
from poseconvert.conversion.sha256 import digest
from poseconvert.conversion.size_record import SizeRecord, size_folder
from poseconvert.decoding import DecodeSpec
from poseconvert.errors import ConversionError
from poseconvert.files import followed
from poseconvert.imaging.preprocessing import Preprocessing
from poseconvert.network.source import ModelOptions
from poseconvert.pipeline.chain.decoders import check_decoders
from poseconvert.pipeline.chain.evaluate import Link
from poseconvert.pipeline.chain.links import compressed_links, onnx_links, package_links, taking
from poseconvert.pipeline.chain.model import LoadedModel, load_model
from poseconvert.runners.runner import Batch, leading
from poseconvert.stages.coreml_options import Precision
from poseconvert.stages.stage import COMPRESSED, ONNX, ONNX_FROM_TORCH, PACKAGE, SOURCE


@dataclass(frozen=True, slots=True)
class ConversionFolder:
    """A conversion as it lies in its folder now.

    Attributes
    ----------
    folder : the conversion folder.
    manifest : what it says it holds; edits that were allowed are among its notes.
    edited : artifacts whose SHA-256 is not the manifest's, with the reason.
    refused : those of them that must not run.
    """

    folder: Path
    manifest: Manifest
    edited: Mapping[str, str]
    refused: Mapping[str, str]

    @property
    def specs(self) -> tuple[DecodeSpec, ...]:
        """The decode spec of each head."""
        return self.manifest.decode

    @property
    def allowed(self) -> tuple[str, ...]:
        """Edited artifacts that may run all the same."""
        return tuple(name for name in self.edited if name not in self.refused)

    @property
    def precision(self) -> Precision:
        """What the package computes in."""
        return self.manifest.precision

    @property
    def from_torch(self) -> bool:
        """Whether PyTorch is the reference: MODEL was no ONNX file."""
        return from_torch(self.manifest)

    @property
    def pictured(self) -> dict[str, Preprocessing]:
        """How a picture becomes each input.

        Raises
        ------
        ConversionError : an input is not a picture.
        """
        manifest = self.manifest
        for name, shape in manifest.inputs.items():
            if name not in manifest.preprocessing:
                raise ConversionError(
                    f"{self.folder}: its input {name} {shape} is not a picture."
                    " Compare it on its goldens: poseconvert diff, without --image."
                )
        return dict(manifest.preprocessing)

    @property
    def preprocessing(self) -> Preprocessing:
        """How a picture becomes the one input.

        Raises
        ------
        ConversionError : there are several inputs, or it is not a picture.
        """
        pictured = self.pictured
        if len(pictured) != 1:
            raise ConversionError(
                f"{self.folder}: takes {len(pictured)} pictures ({', '.join(pictured)}) where one"
                " is needed. Use diff or convert --image, which take pictures as frames."
            )
        return next(iter(pictured.values()))

    def fed(self, batch: Batch) -> Batch:
        """Return what the package itself is fed, by its own names."""
        interface = self.manifest.interface
        return interface.fed(batch) if interface else batch

    def goldens(self, size: SizeRecord | None = None) -> Goldens:
        """Read the goldens, of the default size or of another one: every promised output.

        Raises
        ------
        ConversionError : they cannot be read, are not the manifest's and were not allowed to
            be others, or lack an output.
        """
        place = size_folder(self.folder, size) if size else self.folder
        name = golden_files([size.name] if size else ())[-1]
        known = "" if name in self.allowed else self.manifest.goldens[name]
        return read_goldens(place, sha256=known, promised=(size or self.manifest).outputs)

    def refuse_batch(self, what: str) -> None:
        """Refuse a network of several inputs in one run, which ``what`` cannot look into.

        Raises
        ------
        ConversionError : it is one.
        """
        size = leading(self.manifest.inputs.values())
        if size > 1:
            raise ConversionError(
                f"{self.folder}: takes {size} inputs in one run, {what} looks at one."
                " Convert the network for one."
            )

    def refuse_sizes(self, what: str) -> None:
        """Refuse a package of several sizes, which ``what`` would make for one.

        Raises
        ------
        ConversionError : it is one.
        """
        if self.manifest.sizes:
            raise ConversionError(
                f"{self.folder}: its package takes {len(self.manifest.sizes) + 1} sizes, {what}"
                " makes one of one size. Convert with one --size."
            )

    def origin(self, model: Path | None) -> LoadedModel | None:
        """Read MODEL if it is where it was and what it was; one that is named must be.

        Raises
        ------
        ConversionError : ``model`` is not the file that was converted.
        """
        path = model or self.folder / self.manifest.model.path
        if not self.from_torch or (model is None and not path.is_file()):
            return None
        if self.manifest.model.options.get("trust_pickle"):
            return None  # the trust was given to convert, not to whoever wrote this manifest
        if digest(followed(path)) != self.manifest.model.sha256:
            if model is None:
                return None
            raise ConversionError(
                f"{path}: is not the model that was converted (its SHA-256 differs)."
                " Omit --model, or convert this one."
            )
        return load_model(path, self.model_options)

    @property
    def normalize(self) -> Callable[[Batch], Batch] | None:
        """What must be done to the input of a user's own ``model.onnx``; None: nothing."""
        if self.from_torch:
            return None
        manifest = self.manifest
        return LoadedModel(
            path=self.folder / ONNX,
            options=self.model_options,
            architecture=manifest.model.architecture,
            inputs=manifest.inputs,
        ).normalize

    def chain(self) -> list[Link]:
        """List the folder's own artifacts, the first one judged if PyTorch came before it."""
        manifest = self.manifest
        made = ONNX_FROM_TORCH.name if self.from_torch else SOURCE
        precision = self.precision
        refused = self.refused
        links = [
            *onnx_links(self.folder, made=made, normalize=self.normalize, refused=refused),
            *package_links(
                self.folder,
                precision=precision,
                refused=refused.get(PACKAGE, ""),
                interface=manifest.interface,
            ),
        ]
        if manifest.compress:
            why = refused.get(COMPRESSED, "")
            links += compressed_links(self.folder, precision=precision, refused=why)
        return taking(links, leading(manifest.inputs.values()))

    @property
    def model_options(self) -> ModelOptions:
        """Rebuild the options MODEL was read with."""
        try:
            values = {**self.manifest.model.options, "trust_pickle": False}
            return msgspec.convert(values, ModelOptions)
        except msgspec.ValidationError as error:
            raise ConversionError(
                f"{self.folder}: manifest, model options: {shortened(error)}. Convert again."
            ) from error


def open_conversion(folder: Path, *, allow_edited: bool = False) -> ConversionFolder:
    """Read a conversion folder and check its artifacts.

    Parameters
    ----------
    allow_edited : let artifacts run whose SHA-256 is not the manifest's.

    Raises
    ------
    ConversionError : the folder cannot be read, is not a conversion, or its goldens changed.
    """
    manifest = read_manifest(folder)
    check_decoders(manifest.decode, manifest.outputs, where=f"{folder}: manifest")
    for size in manifest.sizes:
        check_decoders(size.decode, size.outputs, where=f"{folder}: manifest, {size.name}")
    edited = refused = edited_artifacts(folder, manifest)
    if allow_edited:
        refused = {name: why for name, why in edited.items() if not (folder / name).exists()}
        manifest = replace(manifest, notes=(*manifest.notes, *edited.values()))
    if other := [why for name, why in refused.items() if name in manifest.goldens]:
        raise ConversionError(f"{folder}: {other[0]}. Convert again, or give --allow-edited.")
    return ConversionFolder(folder, manifest, edited, refused)


def open_whole_conversion(folder: Path) -> ConversionFolder:
    """Read a conversion folder whose artifacts are all there and unchanged, and have joints.

    Raises
    ------
    ConversionError : the folder cannot be read, was edited, or has no decode spec.
    """
    conversion = open_conversion(folder)
    if conversion.refused:
        raise ConversionError(f"{'; '.join(conversion.refused.values())}. Convert again.")
    if not conversion.manifest.decode:
        raise ConversionError(
            f"{folder}: has no decode spec, so no joints. Convert again with --decode."
        )
    return conversion
