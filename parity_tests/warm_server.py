"""Runs Python programs in forked children of a process that has imported the large libraries.

A line of JSON in, ``{"words": ["-m", "pytest", "-q"], "folder": PATH, "environment": {...}, "out":
PATH, "err": PATH}``; a line out, its exit code. A child is what ``python WORDS`` would be, without
the seconds in which torch, ONNX and coremltools are imported. Nothing of poseconvert is in it.
"""

import atexit
import gc
import importlib
import json
import os
import runpy
import sys
import traceback
import types

LARGE = (
    "torch",
    "onnx",
    "onnxruntime",
    "onnxscript",
    "onnxsim",
    "onnx2coreml",
    "coremltools",
    "pytest",
    "rich",
    "typer",
)


def entered(order):
    """Become a process of that folder, environment and output."""
    os.setsid()
    os.chdir(order["folder"])
    os.environ.clear()
    os.environ.update(order["environment"])
    for number, name, flags in (
        (0, os.devnull, os.O_RDONLY),
        (1, order["out"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC),
        (2, order["err"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC),
    ):
        os.dup2(os.open(name, flags), number)
    for name in ("stdout", "stderr"):
        stream = open(getattr(sys, name).fileno(), "w", encoding="utf-8", closefd=False)  # noqa: SIM115
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)
    sys.path[0:1] = ["", *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]


def run(words):
    first, *rest = words
    if first == "-c":
        code, *rest = rest
        sys.argv = ["-c", *rest]
        main = types.ModuleType("__main__")
        sys.modules["__main__"] = main
        exec(compile(code, "<string>", "exec"), vars(main))
    elif first == "-m":
        name, *rest = rest
        sys.path[0] = os.getcwd()
        sys.argv = [name, *rest]
        runpy.run_module(name, run_name="__main__", alter_sys=True)
    else:
        sys.path[0] = os.path.dirname(os.path.abspath(first))
        sys.argv = words
        runpy.run_path(first, run_name="__main__")


def ended(words):
    """Run it; return the exit code that Python would give."""
    try:
        run(words)
    except SystemExit as left:
        if isinstance(left.code, str):
            print(left.code, file=sys.stderr)
        return left.code if isinstance(left.code, int) else int(left.code is not None)
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def child(order):
    code = 1
    try:
        entered(order)
        code = ended(order["words"])
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code)  # whatever was raised, this is not the server


def served(order):
    pid = os.fork()
    if pid == 0:
        child(order)
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status)


def main():
    for name in LARGE:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()
    for line in sys.stdin:
        print(served(json.loads(line)), flush=True)


if __name__ == "__main__":
    main()
