"""The fence around a package: every file it names lies inside its folder."""

from __future__ import annotations

from pathlib import Path

from poseconvert.errors import PackageError
from poseconvert.mil.refusal import refusal


def inside(package: Path, path: Path) -> Path:
    """Resolve a path that must lie in the package and be a file.

    Raises
    ------
    PackageError
        It leads out of the package, directly or by a symlink, or there is no such file.
    """
    try:
        resolved = path.resolve()
        found = resolved.is_file()
    except (OSError, ValueError, RuntimeError) as error:
        raise refusal(PackageError, package, f"{str(path)!r} is no path ({error})") from error
    if not resolved.is_relative_to(package.resolve()):
        raise refusal(
            PackageError,
            package,
            f"{str(path)!r} leads out of the package",
            "Packages hold all their files.",
        )
    if not found:
        raise refusal(
            PackageError, package, f"the file {str(path)!r} is missing", "Copy the whole package."
        )
    return resolved
