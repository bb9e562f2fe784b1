"""What this machine has and can run, read from metadata: no library is imported."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal

from packaging.markers import UndefinedEnvironmentName
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from poseconvert import __version__
from poseconvert.fence.inside import lacking
from poseconvert.stages.stage import COREML_FROM_ONNX, ONNX_FROM_TORCH, SIMPLIFIED_FROM_ONNX

LibraryState = Literal["tested", "untested", "missing", "broken"]

# The other extras are for those who work on poseconvert itself.
_OPTIONAL = ("datasets", "coreai")
_NEEDS: Mapping[str, tuple[str, ...]] = {
    ONNX_FROM_TORCH.name: ("torch", "onnx", "onnxscript"),
    SIMPLIFIED_FROM_ONNX.name: ("onnx", "onnxsim"),
    COREML_FROM_ONNX.name: ("coremltools", "onnx2coreml"),
    "PyTorch": ("torch",),
    "ONNX Runtime": ("onnxruntime",),
    "reference executor": ("coremltools", "torch"),
    "second opinion": ("coreai-core", "coreai-onnx"),
}
_CPUINFO = Path("/proc/cpuinfo")
_READ_AT_MOST = 1 << 16


@dataclass(frozen=True, slots=True)
class Library:
    """One dependency.

    ``state`` is *tested* where ``version`` lies in the range that the tests ran with, *untested*
    where it does not, *broken* where its metadata cannot be read.
    """

    name: str
    version: str
    tested: str
    needed: bool
    state: LibraryState


@dataclass(frozen=True, slots=True)
class Ability:
    """One thing that can run here or cannot, and why."""

    name: str
    available: bool
    why: str


@dataclass(frozen=True, slots=True)
class Environment:
    """Versions, machine, libraries and abilities."""

    poseconvert: str
    python: str
    python_tested: bool
    system: str
    processor: str
    cores: int
    reference_model: bool
    libraries: tuple[Library, ...]
    abilities: tuple[Ability, ...]

    @property
    def problems(self) -> tuple[str, ...]:
        """One sentence for everything needed that is missing or out of its tested range."""
        found = [] if self.python_tested else [f"Python {self.python} is outside the tested range"]
        for library in self.libraries:
            if library.needed and library.state != "tested":
                name = f"{library.name} {library.version}".strip()
                found.append(f"{name} is {library.state}, wanted {library.tested or 'any version'}")
        if not self.reference_model:
            found.append("the reference model is missing from the package")
        return tuple(found)


def environment(reference_model: Path) -> Environment:
    """Describe this machine; no library that is missing or broken makes this raise.

    Parameters
    ----------
    reference_model : where the bundled weights should be.
    """
    libraries = _libraries()
    return Environment(
        poseconvert=__version__,
        python=platform.python_version(),
        python_tested=_python_tested(),
        system=platform.platform(),
        processor=_processor(),
        cores=os.cpu_count() or 1,
        reference_model=reference_model.is_file(),
        libraries=libraries,
        abilities=(
            *_by_libraries({library.name: library.state for library in libraries}),
            _core_ml(),
            _fence(),
            _program("Swift", "swift", "not found; only tests of the iOS harness need it"),
            _program("Xcode", "xcodebuild", "not found; only a phone needs it, from macOS"),
        ),
    )


def _libraries() -> tuple[Library, ...]:
    try:
        lines = metadata.requires("poseconvert")
    except metadata.PackageNotFoundError:
        return (Library("poseconvert", "", f"=={__version__}", True, "missing"),)
    if not lines:  # an empty list would look as if nothing were wanted
        return (Library("poseconvert", "", f"=={__version__}", True, "broken"),)
    found: list[Library] = []
    for line in lines:
        try:
            wanted = Requirement(line)
            needed = _applies(wanted, extra="")
            if needed or any(_applies(wanted, extra=extra) for extra in _OPTIONAL):
                found.append(_library(wanted, needed=needed))
        except (InvalidRequirement, UndefinedEnvironmentName):
            found.append(Library(line, "", "", True, "broken"))
    return tuple(sorted(found, key=lambda library: (not library.needed, library.name.lower())))


def _applies(wanted: Requirement, *, extra: str) -> bool:
    return wanted.marker is None or wanted.marker.evaluate({"extra": extra})


def _library(wanted: Requirement, *, needed: bool) -> Library:
    version, state = "", _unread(wanted.name)
    if state is None:
        version = metadata.version(wanted.name)
        state = _state(version, wanted.specifier)
    return Library(wanted.name, version, str(wanted.specifier), needed, state)


def _unread(name: str) -> LibraryState | None:
    """Return why there is no version to read, None where there is one."""
    try:
        # Metadata that lost its file gives None or raises, as the version of Python has it.
        return None if metadata.version(name) else "broken"
    except metadata.PackageNotFoundError:
        return "missing"
    except (KeyError, OSError, TypeError, ValueError):
        return "broken"


def _state(version: str, wanted: SpecifierSet) -> LibraryState:
    try:
        inside = wanted.contains(Version(version), prereleases=True)
    except InvalidVersion:
        return "broken"
    return "tested" if inside else "untested"


def _by_libraries(states: Mapping[str, LibraryState]) -> tuple[Ability, ...]:
    """Return every stage and runner, with the libraries it needs."""
    found = []
    for name, needs in _NEEDS.items():
        lacking = [
            f"{library} is {states.get(library, 'missing')}"
            for library in needs
            if states.get(library, "missing") in ("missing", "broken")
        ]
        why = ", ".join(lacking) if lacking else f"by {', '.join(needs)}"
        found.append(Ability(name, not lacking, why))
    return tuple(found)


def _core_ml() -> Ability:
    if sys.platform == "darwin":
        return Ability("Core ML", True, "by coremltools")
    return Ability("Core ML", False, "on macOS only; the reference executor stands in")


def _fence() -> Ability:
    lacks = lacking()
    why = f"without {'; '.join(lacks)}" if lacks else "limits, seccomp and Landlock"
    return Ability("fence", not lacks, why)


def _program(name: str, program: str, missing: str) -> Ability:
    found = shutil.which(program) is not None
    return Ability(name, found, f"{program} is on the path" if found else missing)


def _python_tested() -> bool:
    try:
        wanted = metadata.metadata("poseconvert")["Requires-Python"]
        return SpecifierSet(wanted or "").contains(".".join(map(str, sys.version_info[:3])))
    except (metadata.PackageNotFoundError, InvalidSpecifier, KeyError):
        return False


def _processor() -> str:
    """Name the processor; ``platform`` leaves it out on Linux."""
    try:
        with _CPUINFO.open(encoding="utf-8", errors="replace") as file:
            for line in file.read(_READ_AT_MOST).splitlines():
                if line.startswith("model name"):
                    return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
