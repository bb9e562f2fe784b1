"""How large a program is, counted in its protobuf message before any of it is translated."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from poseconvert.budgets import BLOCK_DEPTH, PROGRAM_FUNCTIONS, PROGRAM_OPS
from poseconvert.errors import PackageError
from poseconvert.mil.package.refusal import refusal


def refuse_large(program: Any, package: Path) -> None:
    """Refuse too many functions, operations (nested blocks included) or levels of blocks.

    Parameters
    ----------
    program
        A ``MILSpec.Program`` message.
    package
        Named in errors.

    Raises
    ------
    PackageError
        There is more of something than a package may have.
    """
    functions = program.functions.values()
    if len(functions) > PROGRAM_FUNCTIONS.value:
        what = f"{len(functions)} functions, at most {PROGRAM_FUNCTIONS}"
        raise refusal(PackageError, package, what)
    waiting = [(block, 0) for each in functions for block in each.block_specializations.values()]
    operations = 0
    while waiting:
        block, depth = waiting.pop()
        operations += len(block.operations)
        if operations > PROGRAM_OPS.value:
            raise refusal(PackageError, package, f"more than {PROGRAM_OPS}")
        if depth > BLOCK_DEPTH.value:
            raise refusal(PackageError, package, f"more than {BLOCK_DEPTH}")
        waiting += ((inner, depth + 1) for each in block.operations for inner in each.blocks)
