"""Refuse TorchScript whose code calls anything but the listed operators, before torch reads it.

The code in an archive is text that torch compiles: Python's grammar, where ``torch.x``,
``ops.prim.x`` and, on any value, ``value.x`` may all mean an operator. It is parsed here and
every name in it is looked up; a name that is neither the archive's own nor listed in
``poseconvert.network.operators`` is refused. Source: torch 2.13,
torch/csrc/jit/serialization/import_source.cpp and frontend/ir_emitter.cpp.
"""

from __future__ import annotations

import ast
import io
import tokenize
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from poseconvert.errors import ModelError
from poseconvert.network.operators import TORCHSCRIPT_PRIM, is_aten, words
from poseconvert.network.source import EXPORT
from poseconvert.network.vet_torchscript_data import refuse_unsafe_data

# What torch.jit.load reads of an archive; the rest, debug information among it, is left out.
_READ = ("data.pkl", "constants.pkl", "version", "byteorder", ".format_version")
_FOLDERS = ("data/", "constants/", "code/", ".data/")

# The names torch gives to code, but for fork, awaitable and print.
_BUILTINS = words(
    """
    torch ops CONSTANTS __torch__ __annotations__ annotate unchecked_cast uninitialized
    inf nan infj nanj
    int float bool str complex getattr hasattr isinstance range zip enumerate min max abs len
    list tuple dict sorted round reversed divmod any all ord chr hex bin oct sum
    Tensor List Dict Tuple Optional Union Final NoneType Any Device Module NamedTuple number
    None True False Exception Generator Scalar Layout ScalarType MemoryFormat QScheme Stream
    """
)
_ROOTS = frozenset({"torch", "ops", "CONSTANTS", "__torch__"})
_NATIVE = ["torch", "classes"]
_DEFINITIONS = (ast.ClassDef, ast.FunctionDef)


def vetted_torchscript(path: Path, entries: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the entries that torch reads, every line of code vetted.

    Parameters
    ----------
    path : the file, for messages.
    entries : content by name, the archive's own folder first.

    Raises
    ------
    ModelError : code that cannot be parsed, or that calls what is not listed.
    """
    refuse_unsafe_data(path, entries)
    kept, trees = {}, {}
    for name, data in entries.items():
        inner = name.partition("/")[2]
        if inner.startswith("code/"):
            if not inner.endswith(".py"):
                continue
            trees[name] = _parsed(path, name, data)
        if inner in _READ or inner.startswith(_FOLDERS):
            kept[name] = data
    members = _members(trees.values())
    for name, tree in trees.items():
        for place in _refused(tree, members):
            raise ModelError(
                f"{path}: its TorchScript ({name}) {place}, which is not an operator that"
                " networks are exported with. Refused; give --trust-pickle if you made the file, or"
                f" a .pt2: {EXPORT}"
            )
    return kept


def _parsed(path: Path, name: str, data: bytes) -> ast.Module:
    """Parse code as torch writes it, so that Python and torch read the same in it."""
    try:
        text = data.decode()
        if unicodedata.normalize("NFKC", text) != text:  # as Python reads names, and torch not
            raise ValueError("letters have more than one form")
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            plain = token.type != tokenize.STRING or (
                token.string[0] in "'\"" and token.string[:3] not in ('"""', "'''")
            )
            if token.type == tokenize.COMMENT or not plain:
                raise ValueError(f"line {token.start[0]} is written as torch does not write it")
        if "\\\n" in text:
            raise ValueError("a line is continued, as torch does not write it")
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError, tokenize.TokenError) as error:
        raise ModelError(
            f"{path}: its TorchScript ({name}) cannot be read ({error}). Refused; save it again."
        ) from error


def _members(trees: Iterable[ast.Module]) -> frozenset[str]:
    """Collect the names that the archive defines: functions, classes, and what they declare."""
    defined = [node for tree in trees for node in tree.body if isinstance(node, _DEFINITIONS)]
    names = {node.name for node in defined}
    return frozenset(names.union(*(_own(node) for node in defined)))


def _own(node: ast.stmt) -> set[str]:
    """Return the attributes and methods that a class declares."""
    names: set[str] = set()
    for item in node.body if isinstance(node, ast.ClassDef) else ():
        match item:
            case ast.FunctionDef(name=name) | ast.AnnAssign(target=ast.Name(id=name)):
                names.add(name)
            # As the children of a Sequential are declared, whose names are numbers.
            case ast.Assign(
                targets=[ast.Subscript(value=ast.Name("__annotations__"), slice=ast.Constant(name))]
            ):
                names.add(str(name))
    return names


def _refused(tree: ast.Module, members: frozenset[str]) -> Iterator[str]:
    """Yield what the code does that it may not."""
    for node in tree.body:
        own = _own(node)
        for item in node.body if isinstance(node, ast.ClassDef) else [node]:
            yield from _Scope.of(item, members, own).refused(item)


@dataclass(frozen=True, slots=True)
class _Scope:
    """A function or a statement of an archive's code.

    Attributes
    ----------
    members : every name that the archive defines.
    own : those of the class around it.
    local : names given a value here.
    itself : the name of ``self``; empty where that could be something else.
    """

    members: frozenset[str]
    own: frozenset[str]
    local: frozenset[str]
    itself: str

    @classmethod
    def of(cls, item: ast.stmt, members: frozenset[str], own: Iterable[str]) -> _Scope:
        names = [a.arg for a in item.args.args] if isinstance(item, ast.FunctionDef) else []
        stored = {n.id for n in ast.walk(item) if isinstance(n, ast.Name) and _is_stored(n)}
        itself = names[0] if names and names[0] not in stored else ""
        return cls(members, frozenset(own), frozenset(stored.union(names)), itself)

    def refused(self, item: ast.stmt) -> Iterator[str]:
        bases = set()
        for node in ast.walk(item):
            if isinstance(node, ast.Attribute):
                bases.add(id(node.value))
                yield from self._refused_attribute(node)
            elif isinstance(node, ast.Call):
                yield from self._refused_call(node)
        for node in ast.walk(item):
            if not isinstance(node, ast.Name) or _is_stored(node):
                continue
            if node.id in _ROOTS and (id(node) not in bases or node.id in self.local):
                yield f"hands {node.id} on"
            elif node.id not in self.local | _BUILTINS | self.members:
                yield f"calls {node.id!r}"

    def _refused_call(self, node: ast.Call) -> Iterator[str]:
        if any(keyword.arg is None for keyword in node.keywords):
            yield "calls with arguments that it computes"
        if isinstance(node.func, ast.Name) and node.func.id == "getattr":
            name = node.args[1] if len(node.args) == 2 and not node.keywords else None
            if not isinstance(name, ast.Constant) or not isinstance(name.value, str):
                yield "calls getattr with a name that it computes"
            elif not self._is_member(node.args[0], name.value):
                yield f"calls {name.value!r}"

    def _refused_attribute(self, node: ast.Attribute) -> Iterator[str]:
        root, *names = _chain(node)
        if root == "torch" and len(names) == 1:
            fine = is_aten(names[0])
        elif root == "ops" and len(names) == 2:
            fine = (names[1] in TORCHSCRIPT_PRIM) if names[0] == "prim" else _is_listed(names)
        elif root == "ops":
            fine = names in (["prim"], ["aten"])  # the attribute around it is looked at, too
        elif root == "__torch__":
            fine = names[:2] != _NATIVE
        elif root == "CONSTANTS":
            fine = len(names) == 1
        else:
            fine = root == "" and self._is_member(node.value, node.attr)
        if not fine:
            yield f"calls {'.'.join((root, *names)) if root else node.attr!r}"

    def _is_member(self, value: ast.expr, name: str) -> bool:
        """Whether a name on a value is the archive's own, or a listed operator.

        A member whose name an unlisted operator has, too, is one for certain only on ``self``.
        """
        if isinstance(value, ast.Name) and value.id == self.itself and name in self.own:
            return True
        return is_aten(name) or (name in self.members and not _is_operator(name))


def _is_stored(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Store)


def _is_listed(names: Sequence[str]) -> bool:
    return names[0] == "aten" and is_aten(names[1])


def _is_operator(name: str) -> bool:
    import torch

    return any(
        torch._C._jit_get_schemas_for_operator(f"{space}::{name}") for space in ("aten", "prim")
    )


def _chain(node: ast.Attribute) -> tuple[str, ...]:
    """Return ``("torch", "nn", "x")`` of ``torch.nn.x``; ``("",)`` without such a root."""
    names: list[str] = []
    value: ast.expr = node
    while isinstance(value, ast.Attribute):
        names.append(value.attr)
        value = value.value
    if not isinstance(value, ast.Name) or value.id not in _ROOTS:
        return ("",)
    return (value.id, *reversed(names))
