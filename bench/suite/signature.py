"""What parameters a workload takes, read from its source without importing it.

Importing a workload means importing torch, which costs a second and is not needed to find a misspelt parameter. Modules
are found as Python would find them, but no parent package is run either.
"""

from __future__ import annotations

import ast
import importlib.machinery
import pkgutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.suite.model import Scalar
from bench.suite.problems import nearest, one_of

_TYPES: dict[str, type] = {"str": str, "int": int, "float": float, "bool": bool}

#: How many ``from x import y`` are followed to find a function or an alias.
_MOST_HOPS = 5


class WorkloadFault(ValueError):
    """A workload reference that leads nowhere: what was expected instead, and the nearest known name."""

    def __init__(self, expected: str, near: str | None = None) -> None:
        """Keep the parts of the message."""
        super().__init__(f"expected {expected}")
        self.expected = expected
        self.nearest = near


@dataclass(frozen=True)
class Parameter:
    """One parameter of a workload.

    Attributes:
        name: Its name.
        required: Whether it has no default.
        choices: The values a ``Literal`` allows; ``None`` if it is not one.
        types: The plain types the annotation allows (str, int, float, bool); ``None`` means anything goes.
    """

    name: str
    required: bool
    choices: tuple[Scalar | None, ...] | None = None
    types: tuple[type, ...] | None = None

    def accepts(self, value: Scalar) -> bool:
        """Whether the annotation allows a value; an int is a float too, a bool is not an int."""
        if self.choices is not None:
            return any(type(value) is type(choice) and value == choice for choice in self.choices)
        if self.types is None:
            return True
        return type(value) in self.types or (type(value) is int and float in self.types)

    def expected(self) -> str:
        """Words for what the annotation allows."""
        if self.choices is not None:
            return one_of(choice for choice in self.choices if choice is not None)
        words = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}
        return " or ".join(words[kind] for kind in self.types or ())


@dataclass(frozen=True)
class Signature:
    """A workload's source file, its function's name, its parameters by name, and whether it takes ``**others``."""

    file: Path
    function: str
    parameters: dict[str, Parameter]
    open: bool = False


def workload_signature(ref: str, suite_dir: Path) -> Signature:
    """Read a workload's parameters from its source.

    Args:
        ref: ``package.module:function``, or ``./file.py:function`` relative to ``suite_dir``.
        suite_dir: Folder of the suite that names the workload; modules in it are found first.

    Raises:
        WorkloadFault: The reference is malformed, or the module, file or function is not there.
    """
    place, colon, function = ref.rpartition(":")
    if not colon or not place or not function.isidentifier():
        raise WorkloadFault('"package.module:function" or "./file.py:function"')
    try:
        file, package = (_file(place, suite_dir), None) if place.endswith(".py") else _find_module(place, suite_dir)
    except WorkloadFault as fault:
        raise WorkloadFault(fault.expected, fault.nearest and f"{fault.nearest}:{function}") from None
    source = _Source(file, package, suite_dir)
    found = source.find(function)
    if found is None or not isinstance(found[1], ast.FunctionDef):
        known = source.functions()
        expected = f"a function in {place}" + (f" ({', '.join(known)})" if known else "")
        near = nearest(function, known)
        raise WorkloadFault(expected, f"{place}:{near}" if near else None)
    return _signature(*found)


def _file(place: str, suite_dir: Path) -> Path:
    path = suite_dir / place
    if path.is_file():
        return path
    beside = sorted(other.name for other in path.parent.glob("*.py"))
    near = nearest(path.name, beside)
    raise WorkloadFault(f"a Python file that exists; {path} does not", near and place[: -len(path.name)] + near)


def _find_module(name: str, folder: Path) -> tuple[Path, str]:
    """Find a module's source by name, running no package's ``__init__``. Returns the file and its package's name."""
    parts = name.split(".")
    search: Sequence[str] | None = None
    spec: importlib.machinery.ModuleSpec | None = None
    for depth, part in enumerate(parts):
        spec = _find_spec(part, search, folder) if part.isidentifier() else None
        if spec is None:
            before = "".join(f"{parent}." for parent in parts[:depth])
            siblings = [module.name for module in pkgutil.iter_modules(search or [str(folder), *sys.path])]
            near = nearest(part, siblings)
            hint = before + ".".join([near, *parts[depth + 1 :]]) if near else None
            raise WorkloadFault(f"a module that can be imported; there is no {before}{part}", hint)
        search = None if spec.submodule_search_locations is None else list(spec.submodule_search_locations)
        if search is None and depth < len(parts) - 1:
            raise WorkloadFault(f"a module that can be imported; {'.'.join(parts[: depth + 1])} is not a package")
    origin = spec.origin if spec else None
    if origin is None or not origin.endswith(".py"):
        raise WorkloadFault(f"a module with Python source; {name} has none")
    return Path(origin), name if search is not None else name.rpartition(".")[0]


def _find_spec(part: str, search: Sequence[str] | None, folder: Path) -> importlib.machinery.ModuleSpec | None:
    spec = importlib.machinery.PathFinder.find_spec(part, search or [str(folder)])
    if spec is None and search is None:
        for finder in sys.meta_path:  # editable installs put finders of their own here
            spec = spec or finder.find_spec(part, None)
    return spec


class _Source:
    """One module's syntax tree, and what its names stand for."""

    def __init__(self, file: Path, package: str | None, folder: Path) -> None:
        self.file = file
        self.package = package
        self.folder = folder
        try:
            self.tree = ast.parse(file.read_bytes(), filename=str(file))
        except (OSError, SyntaxError, ValueError) as error:
            raise WorkloadFault(f"Python source; {file}: {error}") from None

    def functions(self) -> list[str]:
        """Names of the public functions defined here."""
        return [node.name for node in self.tree.body if isinstance(node, ast.FunctionDef) and node.name[0] != "_"]

    def find(self, name: str, hops: int = _MOST_HOPS) -> tuple[_Source, ast.AST] | None:
        """What a name is bound to at module level: a function, or the expression of an alias; imports are followed."""
        found: tuple[_Source, ast.AST] | None = None
        for node in _statements(self.tree.body):
            if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef) and node.name == name:
                found = (self, node)
            elif isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == name for t in node.targets):
                found = (self, node.value)
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id == name:
                found = (self, node.value) if node.value else found
            elif type(node).__name__ == "TypeAlias" and getattr(node, "name").id == name:  # noqa: B009  (3.12 on)
                found = (self, getattr(node, "value"))  # noqa: B009
            elif isinstance(node, ast.ImportFrom) and hops:
                for alias in node.names:
                    if (alias.asname or alias.name) == name:
                        found = self._imported(node, alias.name, hops - 1) or found
        return found

    def _imported(self, node: ast.ImportFrom, name: str, hops: int) -> tuple[_Source, ast.AST] | None:
        module = node.module or ""
        if node.level:
            if self.package is None:
                return None
            base = self.package.split(".")
            base = base[: len(base) - node.level + 1]
            module = ".".join([*base, *([module] if module else [])])
        try:
            return _Source(*_find_module(module, self.folder), self.folder).find(name, hops)
        except WorkloadFault:
            return None


def _statements(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """Module-level statements, those under ``if TYPE_CHECKING`` and ``try`` included."""
    for node in body:
        yield node
        if isinstance(node, ast.If | ast.Try):
            yield from _statements([*node.body, *node.orelse])


def _signature(source: _Source, node: ast.AST) -> Signature:
    assert isinstance(node, ast.FunctionDef)
    arguments = node.args
    first_default = len(arguments.posonlyargs) + len(arguments.args) - len(arguments.defaults)
    offset = len(arguments.posonlyargs)
    named = [(a, offset + index < first_default) for index, a in enumerate(arguments.args)]
    named += [(a, default is None) for a, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)]
    parameters = {}
    for argument, required in named:
        choices, types = _allowed(argument.annotation, source, _MOST_HOPS)
        parameters[argument.arg] = Parameter(argument.arg, required, choices, types)
    return Signature(source.file, node.name, parameters, open=arguments.kwarg is not None)


_Allowed = tuple[tuple[Scalar | None, ...] | None, tuple[type, ...] | None]


def _allowed(node: ast.AST | None, source: _Source, hops: int) -> _Allowed:
    """What an annotation allows: choices of a ``Literal``, or plain types; else ``(None, None)``."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        try:
            node = ast.parse(node.value, mode="eval").body
        except SyntaxError:
            return None, None
    if isinstance(node, ast.Name):
        if node.id in _TYPES:
            return None, (_TYPES[node.id],)
        found = source.find(node.id) if hops else None
        return _allowed(found[1], found[0], hops - 1) if found else (None, None)
    if isinstance(node, ast.Subscript) and _last_name(node.value) == "Literal":
        items = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        if all(isinstance(item, ast.Constant) and isinstance(item.value, str | int | bool) for item in items):
            return tuple(item.value for item in items if isinstance(item, ast.Constant)), None  # type: ignore[misc]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        left, right = (_allowed(side, source, hops) for side in (node.left, node.right))
        if left[0] is not None and right[0] is not None:
            return left[0] + right[0], None
        if left[1] is not None and right[1] is not None:
            return None, left[1] + right[1]
    return None, None


def _last_name(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
