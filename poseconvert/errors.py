"""Every exception this package raises on purpose.

::

    PoseconvertError           exit 2: one line that says where, what, and what to do
    |-- ModelError             MODEL cannot be read, or is not what it claims to be
    |-- PictureError           a picture cannot be read
    |-- GraphError             an ONNX graph is refused or malformed
    |-- PackageError           an .mlpackage is refused or malformed
    |   `-- UnsupportedOpError the reference executor lacks an op the program uses
    |-- StageError             a stage could not make its artifact
    |   `-- RouteError         one of its routes could not; another one may
    |       `-- KeepError      it cannot keep some of the named ops in float32
    |-- RunError               a runner was given inputs that do not fit its artifact
    |-- DecodeError            tensors do not fit their decode spec
    |-- ConversionError        a conversion folder is missing, malformed or edited
    |-- DatasetError           a dataset is missing or malformed
    |-- DeviceError            a result of a phone is malformed or does not belong
    |-- OutputError            a result cannot be written
    `-- UsageError             a function was called with a value that it does not take

Broken parity is a result, not an exception: it is exit 1.
"""

from __future__ import annotations

from poseconvert.budgets import MESSAGE_LENGTH


class PoseconvertError(Exception):
    """Base of all expected errors; its text is one line: where, what, and what to do."""


class ModelError(PoseconvertError):
    """MODEL cannot be read, is refused, or does not fit its architecture."""


class PictureError(PoseconvertError):
    """A picture cannot be read as one."""


class GraphError(PoseconvertError):
    """An ONNX graph is refused or malformed."""


class PackageError(PoseconvertError):
    """An ``.mlpackage`` is refused or malformed."""


class UnsupportedOpError(PackageError):
    """The reference executor lacks an op that a program uses."""


class StageError(PoseconvertError):
    """A stage could not make its artifact."""


class RouteError(StageError):
    """One route of a stage could not make its artifact; the text is the reason alone."""


class KeepError(RouteError):
    """A route knows no op by some of the names to be kept in float32.

    Attributes
    ----------
    names : those names.
    """

    def __init__(self, names: tuple[str, ...]) -> None:
        shown = ", ".join(names)
        super().__init__(
            f"cannot keep {shown} in float32: no op of its program has a weight or result"
            " of that name"
        )
        self.names = names


class RunError(PoseconvertError):
    """A runner was given inputs that do not fit its artifact."""


class DecodeError(PoseconvertError):
    """Tensors do not fit the decode spec they are read with."""


class ConversionError(PoseconvertError):
    """A conversion folder is missing, malformed or was edited."""


class DatasetError(PoseconvertError):
    """A dataset is missing or malformed."""


class DeviceError(PoseconvertError):
    """A phone's result is malformed, or does not belong with the others."""


class OutputError(PoseconvertError):
    """A result cannot be written where it was asked for."""


class UsageError(PoseconvertError):
    """A function was called with a value that it does not take."""


def shortened(text: str, limit: int = MESSAGE_LENGTH.value) -> str:
    """Return ``text`` as a message may show it: one line of at most ``limit`` characters.

    What is too long loses its middle: the beginning says where, the end what to do. What cannot
    be printed is escaped: control characters, and bytes of a file name that are not UTF-8.
    """
    if len(text) > 4 * limit:  # what is between will not be shown
        text = f"{text[: 2 * limit]}...{text[-2 * limit :]}"
    line = escaped(" ".join(text.split()))
    if len(line) <= limit:
        return line
    tail = (limit - 3) // 2
    return f"{line[: limit - 3 - tail]}...{line[-tail:]}"


def quoted(value: object) -> str:
    """Return ``value`` of a file as a message may quote it: one line, 60 characters at most."""
    try:
        text = repr(value)
    except ValueError:  # Python writes out no integer of more than 4,300 digits
        text = f"<{type(value).__name__} too long to show>"
    return text if len(text) <= 60 else f"{text[:57]}..."


def escaped(text: str) -> str:
    r"""Return ``text`` with what cannot be printed escaped, as ``\x1b`` or ``\u202e``."""
    return "".join(map(_printable, text)) if not text.isprintable() else text


def _printable(character: str) -> str:
    if character.isprintable():
        return character
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # how Python holds a byte that is not UTF-8
        return f"\\x{code - 0xDC00:02x}"
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")
