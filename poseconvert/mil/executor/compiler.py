"""Turns blocks into plans: kernels found, constants bound, weights decompressed, names checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from poseconvert.budgets import CONSTANT_BYTES, PROGRAM_LIVE_BYTES, TENSOR_ELEMENTS
from poseconvert.errors import PackageError
from poseconvert.mil.executor.facts import Kernel
from poseconvert.mil.executor.kernel_call import call, computing
from poseconvert.mil.executor.plan import (
    Argument,
    BlockPlan,
    Step,
    most_held,
    names_of,
    with_deaths,
)
from poseconvert.mil.executor.precision import Precision, carrier, settler
from poseconvert.mil.executor.registry import Registration, find, refuse_missing
from poseconvert.mil.executor.scope import Scope
from poseconvert.mil.package.program import (
    Block,
    Constant,
    Operation,
    Package,
    TensorType,
)
from poseconvert.mil.package.refusal import refusal


def compile_program(package: Package, *, precision: Precision) -> BlockPlan:
    """Compile the function of a package that runs.

    Parameters
    ----------
    package
        What ``read_package`` gave.
    precision
        The executor's mode.

    Raises
    ------
    UnsupportedOpError
        The executor lacks ops; all of them are named.
    PackageError
        An op is fed wrongly, a value is used before its definition or defined twice, an output
        is not defined, weights do not decompress, or constants or the values held at one moment
        exceed their limits.
    """
    refuse_missing(package)
    _refuse_bombs(package)
    main = package.program.main
    names = tuple(name for name, _ in main.inputs)
    compilation = _Compilation(package, precision, frozenset(main.block.outputs))
    plan = compilation.block(main.block, names, around=None)
    held = most_held(plan, main.inputs)
    if held > PROGRAM_LIVE_BYTES.value:
        limit = PROGRAM_LIVE_BYTES.value
        what = f"a run would hold {held} bytes of values at one moment (limit {limit})"
        raise refusal(PackageError, package.path, what, "Convert it for smaller inputs.")
    return plan


def _refuse_bombs(package: Package) -> None:
    """Refuse constants that are too large together, before any of them is made."""
    total = sum(
        (TENSOR_ELEMENTS.value if declared.elements is None else declared.elements)
        * carrier(declared.dtype).itemsize
        for operation in package.program.main.block.walk()
        for declared in _constant_types(operation)
    )
    if total > CONSTANT_BYTES.value:
        raise refusal(
            PackageError,
            package.path,
            f"its constants take {total} bytes when decompressed (limit {CONSTANT_BYTES.value})",
        )


def _constant_types(operation: Operation) -> Iterator[TensorType]:
    """Types of what an op stores, and of what it gives if that is computed while compiling."""
    yield from (constant.type for constant in operation.attributes.values())
    for references in operation.inputs.values():
        yield from (r.type for r in references if isinstance(r, Constant))
    if operation.type.startswith("constexpr_"):
        yield from (t for _, t in operation.outputs if isinstance(t, TensorType))


@dataclass(frozen=True, slots=True)
class _Compilation:
    """One package being compiled; ``leaving`` are the names of the program's own outputs."""

    package: Package
    precision: Precision
    leaving: frozenset[str]

    def block(self, block: Block, inputs: tuple[str, ...], *, around: Scope | None) -> BlockPlan:
        scope = Scope(self.package, around)
        for name in inputs:
            scope.define(name, "the block's inputs")
        found = (self.step(operation, scope) for operation in block.operations)
        steps = [step for step in found if step is not None]
        for name in block.outputs:
            scope.require(name, "the block's outputs")
        return BlockPlan(
            inputs,
            with_deaths(steps, kept={*block.outputs, *scope.captured, *scope.constants.stored}),
            scope.constants,
            block.outputs,
            frozenset(scope.captured),
        )

    def step(self, operation: Operation, scope: Scope) -> Step | None:
        """Bind one operation; constants are computed now and need no step."""
        registration = find(operation.type, operation.opset or self.package.program.main.opset)
        assert registration is not None, "refuse_missing names every op that is not found"
        scope.check_parameters(operation, registration)
        if operation.type == "const":
            name = scope.define(operation.outputs[0][0], operation)
            scope.bind(name, operation.attributes["val"])
            return None
        blocks = self.nested(operation, registration, scope)
        arguments = self.arguments(operation, registration, scope)
        for name, _ in operation.outputs:
            scope.define(name, operation)
        kernel = self.kernel(operation, registration)
        given = names_of(arguments.values())
        if operation.type.startswith("constexpr_") and given <= scope.constants.known:
            self.decompress(operation, kernel, arguments, scope)
            return None
        facts = registration.facts
        leaves = not self.leaving.isdisjoint(name for name, _ in operation.outputs)
        settle = settler(self.precision, leaves=leaves or facts.converts, fresh=facts.fresh)
        return Step(operation, kernel, arguments, settle, facts, blocks)

    def kernel(self, operation: Operation, registration: Registration) -> Kernel:
        """Choose the op's kernel: one that sums in fp16 where the mode wants it."""
        half = any(
            isinstance(declared, TensorType) and declared.dtype == "fp16"
            for _, declared in operation.outputs
        )
        if self.precision == "fp16-accumulate" and half:
            return registration.facts.in_fp16 or registration.kernel
        return registration.kernel

    def nested(
        self, operation: Operation, registration: Registration, scope: Scope
    ) -> dict[str, BlockPlan]:
        """Compile the blocks of a control-flow op."""
        if len(operation.blocks) != len(registration.blocks):
            raise scope.error(
                f"{operation} has {len(operation.blocks)} blocks, "
                f"expected {len(registration.blocks)}"
            )
        return {
            parameter: self.block(block, tuple(name for name, _ in block.inputs), around=scope)
            for parameter, block in zip(registration.blocks, operation.blocks, strict=True)
        }

    def arguments(
        self, operation: Operation, registration: Registration, scope: Scope
    ) -> dict[str, Argument]:
        """Name the value of every parameter; those written in place get names of their own."""
        named: dict[str, Argument] = {}
        for parameter, references in (
            *operation.inputs.items(),
            *((name, (constant,)) for name, constant in operation.attributes.items()),
        ):
            names = tuple(
                self.written(f"{operation.name}:{parameter}:{index}", reference, scope)
                if isinstance(reference, Constant)
                else scope.require(reference, operation)
                for index, reference in enumerate(references)
            )
            named[parameter] = names if parameter in registration.several else names[0]
        return named

    def written(self, name: str, constant: Constant, scope: Scope) -> str:
        scope.define(name, "its value")
        scope.bind(name, constant)
        return name

    def decompress(
        self,
        operation: Operation,
        kernel: Kernel,
        arguments: Mapping[str, Argument],
        scope: Scope,
    ) -> None:
        """Compute constants from constants, and drop those written in place for it alone."""
        given = {name: scope.constants[str(argument)] for name, argument in arguments.items()}
        references = (r for several in operation.inputs.values() for r in several)
        named = {reference for reference in references if isinstance(reference, str)}
        for written in names_of(arguments.values()) - named:
            scope.constants.pop(written, None)
        with computing():
            dense = call(
                operation,
                kernel,
                arguments=given,
                settle=settler(self.precision, leaves=False),
                package=self.package.path,
            )
        scope.constants.update(dense)
