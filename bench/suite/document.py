"""A TOML file and the line on which each of its keys and values stands.

The values come from the standard parser; it does not tell positions, so a small scanner walks the same text again. It
only ever sees text the parser accepted, and therefore need not recognise faults.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.suite.problems import Problem, SuiteError, show

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

Key = tuple[str | int, ...]

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_QUOTED = re.compile(r'"""(?:\\.|[^\\])*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:\\.|[^"\\])*"|\'[^\']*\'', re.DOTALL)
_BLANK = re.compile(r"(?:\s|#[^\n]*)*")
_SCALAR = re.compile(r"[^\s,\]}#]+(?: [0-9][^\s,\]}#]*)?")
_SYNTAX = re.compile(r"^(?P<what>.*) \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)$", re.DOTALL)


@dataclass(frozen=True)
class Document:
    """A parsed TOML file: its ``data``, its ``text``, and ``lines`` from key path to 1-based line."""

    file: str
    text: str
    data: dict[str, Any]
    lines: dict[Key, int]

    def line(self, key: Key) -> int | None:
        """Line of ``key``, or of the nearest thing around it that stands in the file."""
        for length in range(len(key), 0, -1):
            if key[:length] in self.lines:
                return self.lines[key[:length]]
        return 1 if self.text else None

    def problem(self, key: Key, expected: str, *, nearest: str | None = None, given: object = ...) -> Problem:
        """Make a :class:`Problem` at ``key``; ``given`` is the value there unless named (``None``: nothing given)."""
        value = self.value(key) if given is ... else given
        text = None if value is None else show(value)
        return Problem(self.file, self.line(key), dotted(key), text, expected, nearest)

    def value(self, key: Key) -> Any:
        """What stands at ``key``, or ``None``."""
        value: Any = self.data
        for part in key:
            try:
                value = value[part]
            except (KeyError, IndexError, TypeError):
                return None
        return value


def dotted(key: Iterable[str | int]) -> str:
    """Write a key path as people do: ``crossover[0].baselines[1].name``."""
    text = ""
    for part in key:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def read_document(path: Path) -> Document:
    """Read a TOML file.

    Raises:
        SuiteError: It cannot be read, is not UTF-8, or is not TOML; with the line.
    """
    file = str(path)
    try:
        text = path.read_bytes().decode("utf-8")
    except OSError as error:
        raise SuiteError([Problem(file, None, "", error.strerror or str(error), "a readable TOML file")]) from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise SuiteError([Problem(file, line, "", "bytes that are not UTF-8", "UTF-8 text")]) from None
    return parse_document(text, file)


def parse_document(text: str, file: str) -> Document:
    """Parse TOML text; ``file`` is the name messages give it. Raises :class:`SuiteError` on a syntax fault."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = _SYNTAX.match(str(error))
        what = found["what"] if found else str(error)
        line = int(found["line"]) if found and found["line"] else text.rstrip().count("\n") + 1
        column = f" (column {found['column']})" if found and found["column"] else " (at the end of the file)"
        raise SuiteError([Problem(file, line, "", what[:1].lower() + what[1:] + column, "TOML")]) from None
    return Document(file, text, data, _Scanner(text).scan())


class _Scanner:
    """Walks valid TOML and notes the line of each table header, key and array element."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.lines: dict[Key, int] = {}
        self.counts: dict[Key, int] = {}

    def scan(self) -> dict[Key, int]:
        """Return the line of every key path in the text."""
        table: Key = ()
        self._skip()
        while self.position < len(self.text):
            if self.text[self.position] == "[":
                table = self._header()
            else:
                self._pair(table)
            self._skip()
        return self.lines

    def _skip(self) -> None:
        """Move past blanks, line ends and comments."""
        found = _BLANK.match(self.text, self.position)
        self.position = found.end() if found else self.position

    def _line(self) -> int:
        return self.text.count("\n", 0, self.position) + 1

    def _header(self) -> Key:
        line = self._line()
        repeated = self.text.startswith("[[", self.position)
        self.position += 2 if repeated else 1
        key = self._resolve((), self._key(), last=not repeated)
        self.position += 2 if repeated else 1
        if repeated:
            index = self.counts.get(key, 0)
            self.counts[key] = index + 1
            self.lines.setdefault(key, line)
            key = (*key, index)
        self._note(key, line)
        return key

    def _resolve(self, table: Key, names: tuple[str, ...], last: bool = True) -> Key:
        """Join names to a path; a name of an array of tables stands for its newest element."""
        key = table
        for place, name in enumerate(names):
            key = (*key, name)
            if key in self.counts and (last or place < len(names) - 1):
                key = (*key, self.counts[key] - 1)
        return key

    def _note(self, key: Key, line: int) -> None:
        """Note the line of a key, and of the tables around it that a dotted key makes."""
        for length in range(1, len(key) + 1):
            self.lines.setdefault(key[:length], line)

    def _key(self) -> tuple[str, ...]:
        names: list[str] = []
        while True:
            self._skip()
            bare = _BARE_KEY.match(self.text, self.position)
            if bare:
                names.append(bare.group())
                self.position = bare.end()
            else:
                quoted = self._quoted()
                names.append(str(tomllib.loads(f"key = {quoted}")["key"]))
            self._skip()
            if not self.text.startswith(".", self.position):
                return tuple(names)
            self.position += 1

    def _quoted(self) -> str:
        found = _QUOTED.match(self.text, self.position)
        assert found is not None, "the parser accepted this text"
        self.position = found.end()
        return found.group()

    def _pair(self, table: Key) -> None:
        line = self._line()
        key = self._resolve(table, self._key())
        self._note(key, line)
        self.position += 1  # the equals sign
        self._value(key)

    def _value(self, key: Key) -> None:
        self._skip()
        start = self.text[self.position]
        if start in "\"'":
            self._quoted()
        elif start == "[":
            self._items(key, "]")
        elif start == "{":
            self._items(key, "}")
        else:
            found = _SCALAR.match(self.text, self.position)
            self.position = found.end() if found else self.position + 1

    def _items(self, key: Key, end: str) -> None:
        self.position += 1
        index = 0
        self._skip()
        while self.text[self.position] != end:
            if end == "]":
                self.lines[(*key, index)] = self._line()
                self._value((*key, index))
            else:
                self._pair(key)
            index += 1
            self._skip()
            if self.text[self.position] == ",":
                self.position += 1
                self._skip()
        self.position += 1
