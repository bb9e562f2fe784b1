"""The command line: one file per command, nothing heavy loaded before it is needed."""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType
from typing import Annotated, NoReturn

import typer
from typer.exceptions import Exit, TyperException

from poseconvert import __version__
from poseconvert.cli import (
    adopt,
    bench,
    convert,
    decoders,
    diff,
    doctor,
    evaluate,
    inspect,
    ios_bundle,
    tune,
)
from poseconvert.errors import PoseconvertError, shortened

_INTERRUPTED = 130

app = typer.Typer(
    name="poseconvert",
    rich_markup_mode=None,
)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"poseconvert {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print version.")
    ] = False,
) -> None:
    """PyTorch pose networks to Core ML, with proof of what each step did to the joints."""


for command in (adopt, convert, decoders, diff, doctor, evaluate, inspect, tune):
    app.command(command.__name__.rpartition(".")[2], epilog=command.EXAMPLES)(command.command)
app.command("ios-bundle", epilog=ios_bundle.EXAMPLES)(ios_bundle.command)
app.add_typer(bench.app, name="bench")


def main() -> NoReturn:
    """Run the command line: exit 0 held, 1 parity broken or not established, 2 bad input."""
    signal.signal(signal.SIGTERM, _terminate)
    # Two OpenMP threads that wait by spinning turned 0.2 s into 9 s on two shared cores;
    # one thread also sums in one order. ONNX Runtime has threads of its own.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    # The noise floor tries two threads all the same: waiting asleep makes 2 s into 0.07 s.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    try:
        code = app(prog_name="poseconvert", standalone_mode=False)
    except TyperException as error:
        _fail(f"{error.format_message()} See: poseconvert --help")
    except PoseconvertError as error:
        _fail(str(error))
    except (KeyboardInterrupt, typer.Abort):
        _fail("interrupted; nothing was written.", code=_INTERRUPTED)
    except Exit as error:
        sys.exit(error.exit_code)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except OSError as error:
        place = error.filename or "standard output"
        _fail(f"{place}: {error.strerror or error}. Check its rights and the space left.")
    except Exception as error:
        if os.environ.get("POSECONVERT_TRACEBACK"):
            raise
        reason = " ".join(str(error).split())[:200]
        _fail(
            f"unexpected {type(error).__name__}: {reason} This is a bug: run again with"
            " POSECONVERT_TRACEBACK=1 and report what it prints."
        )
    if code == _INTERRUPTED:  # typer turns the interrupt into an exit code
        _fail("interrupted; nothing was written.", code=_INTERRUPTED)
    sys.exit(code if isinstance(code, int) else 0)


def _fail(message: str, *, code: int = 2) -> NoReturn:
    print(shortened(f"poseconvert: {message}"), file=sys.stderr)
    sys.exit(code)


def _terminate(signum: int, frame: FrameType | None) -> NoReturn:
    """Leave through the exception path, so that partial folders are removed."""
    sys.exit(128 + signum)
