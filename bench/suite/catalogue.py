"""Where suites are: the built-in ones that ship with the package, and anyone's own by path."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bench.suite.document import read_document
from bench.suite.problems import Problem, SuiteError, nearest

_PACKAGE = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class SuiteInfo:
    """What a list of suites shows: name (as ``bench run`` takes it), title, file, and its presets' names."""

    name: str
    title: str
    path: Path
    presets: tuple[str, ...]


def suites_folder() -> Path:
    """Folder of the built-in suites: inside an installed package, or beside it in a checkout."""
    shipped = _PACKAGE / "_suites"
    return shipped if shipped.is_dir() else _PACKAGE.parent / "suites"


def list_suites(folder: Path | None = None) -> list[SuiteInfo]:
    """The suites of a folder (the built-in ones by default), by name. Only their heads are read.

    Raises:
        SuiteError: A file is not TOML.
    """
    found = []
    for path in sorted((folder or suites_folder()).glob("*.toml")):
        data = read_document(path).data
        head = data.get("suite", {})
        title = head.get("title", path.stem) if isinstance(head, dict) else path.stem
        found.append(SuiteInfo(path.stem, str(title), path, tuple(data.get("presets", {}))))
    return found


def find_suite(name_or_path: str | Path) -> Path:
    """Path of a suite given by its built-in name or by its own path.

    Raises:
        SuiteError: There is none, with the nearest built-in name.
    """
    text = str(name_or_path)
    path = Path(text).expanduser()
    if path.suffix == ".toml" or len(path.parts) != 1 or isinstance(name_or_path, Path):
        if path.is_file():
            return path
        beside = sorted(other.name for other in path.parent.glob("*.toml")) if path.parent.is_dir() else []
        near = nearest(path.name, beside)
        hint = str(path.parent / near) if near else None
        raise SuiteError([Problem(text, None, "", None, "a suite file; there is none", hint)])
    builtin = suites_folder() / f"{text}.toml"
    if builtin.is_file():
        return builtin
    known = [info.stem for info in sorted(suites_folder().glob("*.toml"))]
    expected = f"a suite ({', '.join(known)}) or the path of a TOML file"
    raise SuiteError([Problem("suite", None, "", text, expected, nearest(text, known))])
