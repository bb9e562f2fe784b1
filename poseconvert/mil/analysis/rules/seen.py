"""A package as rules look at it: each op with the constants and types of what it reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from poseconvert.mil.package.program import (
    Array,
    Constant,
    Operation,
    Package,
    Reference,
    Shape,
    TensorType,
)


@dataclass(frozen=True, slots=True)
class Seen:
    """A package, and what is known of the values of the function that runs.

    Attributes
    ----------
    package : what ``read_package`` gave.
    types : declared type of every tensor by name, those of nested blocks too.
    constants : stored values by name.
    makers : the op that gives a value, by the value's name.
    """

    package: Package
    types: Mapping[str, TensorType]
    constants: Mapping[str, Constant]
    makers: Mapping[str, Operation]

    def sites(self) -> Iterator[Site]:
        """Yield every op that computes, in order."""
        for operation in self.package.program.main.block.walk():
            if operation.type != "const":
                yield Site(operation, self)


@dataclass(frozen=True, slots=True)
class Site:
    """One op, with what it reads."""

    operation: Operation
    seen: Seen

    def reads(self, parameter: str) -> Reference | None:
        """Return what a parameter points at, the first where it takes several; None without."""
        return next(iter(self.operation.inputs.get(parameter, ())), None)

    def stored(self, parameter: str) -> Array | None:
        """Return a parameter's stored value, None where it is computed or left out."""
        found = self.reads(parameter)
        constant = found if isinstance(found, Constant) else self.seen.constants.get(found or "")
        return None if constant is None else constant.array

    def computed(self, parameter: str) -> bool:
        """Whether a parameter is given and not stored."""
        return self.reads(parameter) is not None and self.stored(parameter) is None

    def flag(self, parameter: str) -> bool:
        """Whether a stored flag is set; left out it is not."""
        value = self.stored(parameter)
        return value is not None and bool(value.any())

    def numbers(self, parameter: str) -> list[float]:
        """Return stored numbers in order, none where they are not stored."""
        value = self.stored(parameter)
        return [] if value is None else [float(one) for one in value.reshape(-1)]

    def word(self, parameter: str) -> str:
        """Return a stored word, empty where nothing is stored."""
        value = self.stored(parameter)
        return "" if value is None else str(value.reshape(-1)[0])

    def type(self, parameter: str) -> TensorType | None:
        """Return the declared type of what a parameter reads; None where that is not known."""
        found = self.reads(parameter)
        return found.type if isinstance(found, Constant) else self.seen.types.get(found or "")

    def shape(self, parameter: str) -> Shape:
        """Return the declared shape of what a parameter reads; empty where that is not known."""
        found = self.type(parameter)
        return () if found is None else found.shape

    def dtype(self, parameter: str) -> str:
        """Return the declared dtype of what a parameter reads; empty where that is not known."""
        found = self.type(parameter)
        return "" if found is None else found.dtype

    def result(self) -> TensorType | None:
        """Return the type of the op's first result, where that is a tensor."""
        declared = self.operation.outputs[0][1] if self.operation.outputs else None
        return declared if isinstance(declared, TensorType) else None

    def maker(self, parameter: str) -> Site | None:
        """Return the op that gives what a parameter reads, looked for through casts."""
        found = self.reads(parameter)
        operation = self.seen.makers.get(found) if isinstance(found, str) else None
        if operation is None:
            return None
        site = Site(operation, self.seen)
        return site.maker("x") if operation.type in ("cast", "identity") else site


def seen_of(package: Package) -> Seen:
    """Look over a package once."""
    main = package.program.main
    operations = list(main.block.walk())
    given = [(name, kind) for name, kind in main.inputs]
    given += [output for operation in operations for output in operation.outputs]
    return Seen(
        package,
        {name: kind for name, kind in given if isinstance(kind, TensorType)},
        {
            one.outputs[0][0]: one.attributes["val"]
            for one in operations
            if one.type == "const" and one.outputs and "val" in one.attributes
        },
        {name: one for one in operations for name, _ in one.outputs},
    )
