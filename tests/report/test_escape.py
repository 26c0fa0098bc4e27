from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from bench.report.escape import LATEX_SPECIALS, latex, markdown

_COMMAND = re.compile(r"\\[a-zA-Z]+\{\}|\\[{}$&#%_]|\$\\[a-zA-Z]+\$|\$\^\{[-0-9]+\}\$|\{''\}|\{`\}|~")


def test_the_ten_specials() -> None:
    assert latex("a_b & 50 % #1 $x^2$ {y} ~\\") == (
        r"a\_b \& 50 \% \#1 \$x\textasciicircum{}2\$ \{y\} \textasciitilde{}\textbackslash{}"
    )
    assert len(LATEX_SPECIALS) == 10


def test_symbols_and_what_pdflatex_lacks() -> None:
    assert latex("2.1×10⁻⁷") == r"2.1$\times$10$^{-7}$"
    assert latex("naïve 😀\nline") == "naïve [U+1F600] line"
    assert latex("a < b | c") == r"a \textless{} b \textbar{} c"


@given(st.text())
def test_nothing_active_is_left(text: str) -> None:
    rest = _COMMAND.sub("", latex(text))
    assert not set(rest) & set("\\{}$&#%_~^")
    assert all(ord(char) < 127 or "À" <= char <= "ÿ" for char in rest)
    assert "\n" not in rest


@given(st.text())
def test_markdown_stays_one_cell(text: str) -> None:
    escaped = markdown(text)
    assert "\n" not in escaped
    assert not re.search(r"(?<!\\)(?:\\\\)*[|<`]", escaped)
