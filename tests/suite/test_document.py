"""Lines of keys and values, against TOML written to trip a scanner."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.suite.document import dotted, parse_document

TEXT = '''\
# a comment with [brackets] and "quotes"
top = "a # no comment"

[table]   # trailing
plain = 1
"quoted key" = 'literal ] } "'
dotted.key = 2
text = """
[not a table]
x = "\\""
"""
after = """"two quotes at the end"""""
date = 1979-05-27 07:32:00
list = [ 1, # one
  "two, ]",
  [3,
   4], { a = 1, b = { c = [
  5] } },
]
[[array]]
name = "first"
inner = { x = 1 }
[array.sub]
y = 2
[[array.deep]]
z = 3
[[array]]
name = \'\'\'second \'quoted\'
\'\'\'
[array.sub]
y = 4
'''

LINES = [
    (("top",), 2),
    (("table",), 4),
    (("table", "plain"), 5),
    (("table", "quoted key"), 6),
    (("table", "dotted"), 7),
    (("table", "dotted", "key"), 7),
    (("table", "text"), 8),
    (("table", "after"), 12),
    (("table", "date"), 13),
    (("table", "list"), 14),
    (("table", "list", 0), 14),
    (("table", "list", 1), 15),
    (("table", "list", 2), 16),
    (("table", "list", 2, 1), 17),
    (("table", "list", 3), 17),
    (("table", "list", 3, "b", "c"), 17),
    (("table", "list", 3, "b", "c", 0), 18),
    (("array", 0), 20),
    (("array", 0, "inner", "x"), 22),
    (("array", 0, "sub", "y"), 24),
    (("array", 0, "deep", 0, "z"), 26),
    (("array", 1), 27),
    (("array", 1, "name"), 28),
    (("array", 1, "sub"), 30),
    (("array", 1, "sub", "y"), 31),
]


@pytest.mark.parametrize(("key", "line"), LINES)
def test_lines(key, line) -> None:
    document = parse_document(TEXT, "x.toml")
    assert document.lines[key] == line
    assert document.value(key) is not None


@pytest.mark.parametrize("text", [TEXT.replace("\n", "\r\n"), TEXT.rstrip("\n")])
def test_line_ends_do_not_matter(text) -> None:
    assert parse_document(text, "x.toml").lines == parse_document(TEXT, "x.toml").lines


def test_unknown_keys_fall_back_to_what_is_around_them() -> None:
    document = parse_document(TEXT, "x.toml")
    assert document.line(("array", 1, "sub", "missing")) == 30
    assert document.line(("missing",)) == 1
    assert document.value(("table", "plain", "x")) is None


def test_dotted() -> None:
    assert dotted(("crossover", 0, "baselines", 1, "name")) == "crossover[0].baselines[1].name"


_scalars = st.one_of(st.booleans(), st.integers(-99, 99), st.text("ab#[]{},='\" \\", max_size=5))
_values = st.recursive(
    _scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)


def _toml(value: object, separator: str) -> str:
    """Write a value as TOML; lists may span lines."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, list):
        return f"[{separator}" + f",{separator}".join(_toml(item, separator) for item in value) + f"{separator}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_toml(item, separator)}" for key, item in value.items()) + "}"
    return str(value)


@given(st.dictionaries(st.sampled_from("abcdefgh"), _values, max_size=6), st.sampled_from(["", " ", "\n", " # x ]\n"]))
def test_any_document(data, separator) -> None:
    lines, expected, at = [], {}, 1
    for key, value in data.items():
        text = f"{key} = {_toml(value, separator)}"
        expected[key] = at
        lines.append(text)
        at += text.count("\n") + 1
    document = parse_document("\n".join(lines), "x.toml")
    assert document.data == data
    assert {key: document.lines[(key,)] for key in data} == expected
