"""Sources of ``bench paper``: what is read from their words, and which wordings are one source."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from bench.report.paper import bibtex
from bench.report.paper.source import sources
from tests.report.test_paper import _analysed


@pytest.mark.parametrize(
    ("text", "authors", "year", "title", "arxiv"),
    [
        ("Vaswani et al. 2017, Attention Is All You Need, arXiv 1706.03762", "Vaswani and others", "2017",
         "Attention Is All You Need", "1706.03762"),
        ("Dao 2023, FlashAttention-2, arXiv:2307.08691v2", "Dao", "2023", "FlashAttention-2", "2307.08691"),
        ("You, Gitman and Ginsburg 2017, Large Batch Training of Convolutional Networks, arXiv 1708.03888",
         "You and Gitman and Ginsburg", "2017", "Large Batch Training of Convolutional Networks", "1708.03888"),
        ("van den Oord et al. 2018, Representation Learning, arXiv 1807.03748", "van den Oord and others", "2018",
         "Representation Learning", "1807.03748"),
        ("Chen et al. 2020, A Simple Framework (SimCLR), arXiv 2002.05709", "Chen and others", "2020",
         "A Simple Framework (SimCLR)", "2002.05709"),
        ("Derived from the counts of Su 2021, Scientific Spaces 8610", "Su", "2021", "", ""),
        ("van der Maaten & Hinton 2008, Visualizing data using t-SNE, JMLR 9:2579-2605", "van der Maaten and Hinton",
         "2008", "Visualizing data using t-SNE", ""),
        ("Doe et al., 2020. Nature 12:3", "Doe and others", "2020", "", ""),
        ("Chen et al. 2022, Why so large?, NeurIPS 2022", "Chen and others", "2022", "Why so large?", ""),
        ("Doe 2020, In search of it", "Doe", "2020", "In search of it", ""),
        ("Dao 2023, arXiv 2307.08691: its authors on their code, issue 2", "Dao", "2023", "", "2307.08691"),
        ("https://example.org/generated/a.b.html", "", "", "", ""),
        ("The manual, https://example.org/a", "", "", "The manual", ""),
        ("Su 2021, on FlatNCE, Scientific Spaces, article 8586", "Su", "2021", "on FlatNCE", ""),
        ("a&b_c%d#e$f{g}h~i^j\\k", "", "", "a&b_c%d#e$f{g}h~i^j\\k", ""),
    ],
)  # fmt: skip
def test_sources_by_hand(text: str, authors: str, year: str, title: str, arxiv: str) -> None:
    entry = bibtex.read(text)
    assert (entry.authors, entry.year, entry.title, entry.arxiv) == (authors, year, title, arxiv)


def test_a_source_named_in_passing_is_the_same_one() -> None:
    run, analysis = _analysed("attention")
    run.meta["suite"]["sources"] = [
        "Su 2021, on gradient accumulation, Scientific Spaces, article 8471",
        "Su 2021, on FlatNCE, Scientific Spaces, article 8586",
        "Chen et al. 2021, FlatNCE, arXiv 2107.01152",
    ]
    library = bibtex.Library(sources([(run, analysis)]))
    assert [entry.key for entry in library.entries] == ["su2021", "su2021b", "chen2021"]
    assert library.cite("Derived; and Su 2021, Scientific Spaces 8586, for the cancellation") == r"\cite{su2021b}"
    assert library.cite("Chen et al. 2021, arXiv 2107.01152; Su 2021, 8471") == r"\cite{chen2021,su2021}"
    assert library.cite("Derived") == ""


def test_what_a_source_says_beside_its_title() -> None:
    found = bibtex.read("van der Maaten & Hinton 2008, Visualizing data using t-SNE, JMLR 9:2579-2605")
    assert (found.key, found.note) == ("vandermaaten2008", "JMLR 9:2579-2605")
    assert bibtex.read("Doe et al., 2020. Nature 12:3").note == "Nature 12:3"
    found = bibtex.read("Müller 2021, Kerne, doi:10.1000/182.")
    assert (found.key, found.doi) == ("muller2021", "10.1000/182")


def _library(*texts: str, claims: Sequence[str] = ()) -> bibtex.Library:
    run, analysis = _analysed("attention")
    run.meta["suite"] |= {"sources": list(texts), "claims": [{"source": text} for text in claims]}
    return bibtex.Library(sources([(run, analysis)]))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Doe 2020, First paper", "Doe 2020, Second paper"),
        ("Doe 2020, First paper", "Doe and Roe 2020, Second paper"),
        ("Doe and Roe 2020, First paper, arXiv 2001.00001", "Doe et al., 2020. Nature 12:3"),
        ("Doe and Roe 2020, First paper, arXiv 2001.00001", "Doe and Roe 2020, First paper, arXiv 2001.00002"),
        ("Doe 2020, First paper, arXiv 2001.00001", "Doe 2020, Nature 12:3"),
        ("Doe 2020a", "Doe 2020b"),
        ("Doe 2020, First paper, https://example.org/?a=1&b=2", "Doe 2020, First paper, https://example.org/?a=1&b=3"),
        ("Doe 2020, First paper, https://example.org", "Roe 2021, Second paper, https://example.org"),
        ("Su 2021, Scientific Spaces 8601", "Su 2021, Scientific Spaces 8610"),
    ],
)
def test_sources_that_may_differ_are_kept_apart(first: str, second: str) -> None:
    for texts in ((first, second), (second, first)):
        library = _library(*texts)
        keys = [entry.key for entry in library.entries]
        assert len(set(keys)) == 2
        assert [library.cite(text) for text in texts] == [rf"\cite{{{key}}}" for key in keys]


@pytest.mark.parametrize(
    ("long", "short", "title"),
    [
        ("Su 2021, The road 5: on and on, Scientific Spaces, article 8601", "Su 2021, Scientific Spaces 8601",
         "The road 5: on and on"),
        ("Choromanski et al. 2021, Rethinking Attention, arXiv 2009.14794", "Choromanski et al. 2021, arXiv 2009.14794",
         "Rethinking Attention"),
        ("Doe 2020, First paper, Nature 12:3", "Doe 2020, First paper", "First paper"),
        ("Doe & Roe 2020, First paper", "Doe and Roe 2020", "First paper"),
        ("Doe 2020, First paper, doi:10.1000/182", "Doe et al. 2020, https://doi.org/10.1000/182", "First paper"),
        ("Doe 2020, First paper, https://example.org/a", "Doe 2020, https://example.org/a", "First paper"),
    ],
)  # fmt: skip
def test_one_source_in_two_wordings_is_one(long: str, short: str, title: str) -> None:
    for texts in ((long, short), (short, long)):
        library = _library(*texts)
        assert [entry.title for entry in library.entries] == [title]
        assert library.cite(long) == library.cite(short) == rf"\cite{{{library.entries[0].key}}}"


def test_a_short_name_of_two_sources_is_neither() -> None:
    library = _library("Doe 2020", "Doe 2020, First paper", "Doe 2020, Second paper")
    assert [entry.key for entry in library.entries] == ["doe2020", "doe2020b", "doe2020c"]
    assert library.cite("Doe 2020") == r"\cite{doe2020}"


def test_a_line_may_name_several_sources() -> None:
    library = _library(claims=["Derived from Doe 2020, First, and Roe 2021; against Poe and Moe 2022; see page 3"])
    assert [entry.authors for entry in library.entries] == ["Doe", "Roe", "Poe and Moe"]
    library = _library("Doe 2020, First; Roe 2021, Second", "Poe 2022, One thing; and another")
    assert [entry.title for entry in library.entries] == ["First", "Second", "One thing; and another"]
    assert library.all_of(["Doe 2020, First; Roe 2021, Second"]) == r"\cite{doe2020,roe2021}"


def test_addresses_are_no_titles() -> None:
    library = _library("https://example.org/generated/torch.nn.functional.html")
    text = bibtex.bib(library)
    assert "  url = {https://example.org/generated/torch.nn.functional.html},\n" in text
    assert "allowbreak" not in text and text.count("title = ") == 1  # the software's
