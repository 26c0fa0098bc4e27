"""Claims on the pages: their order, what they share, the rows they lead to, and names that would break a page."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bench.analysis.summary import analyse
from bench.report.case_table import MOST_CASES, CaseTable, case_anchor, case_table
from bench.report.claims_block import Card, apart, claim_cards
from bench.report.markdown_page import MOST_EVIDENCE, markdown_evidence, markdown_rows
from bench.report.table import Column, Table, plain_number, text
from bench.report.view import View
from bench.report.write import write_report
from tests.report import claimed, outcomes
from tests.report.conftest import Written
from tests.report.test_pages import parse


@pytest.fixture(scope="module")
def claimed_page(tmp_path_factory: pytest.TempPathFactory) -> Written:
    run = claimed.claimed_run()
    analysis = analyse(run.meta, run.measurements, run.replicates, run.outcomes)
    folder = tmp_path_factory.mktemp("claimed")
    return Written(run, analysis, folder, tuple(write_report(run, analysis, folder)))  # type: ignore[arg-type]


def test_claims_open_the_answer_those_that_fail_first(claimed_page: Written) -> None:
    answer = claimed_page.html.partition('<section id="answer"')[2].partition("</section>")[0]
    cards = re.findall(r'<li id="claim-([a-z-]+)" class="finding (\w+)">', answer)
    assert [name for name, _ in cards] == ["performer-never", "never-measured", "linear-early", "quadratic"]
    assert [tone for _, tone in cards] == ["bad", "warn", "good", "good"]
    assert answer.index("performer-never") < answer.index('<table id="t-answer">')
    chips = answer.partition('<p class="tally">')[2].partition("</p>")[0]
    assert re.findall(r">([^<]+)<", chips) == ["4 claims", " ", "1 fails", " ", "1 unclear", " ", "2 hold"]
    # What the cards tell is not told again as a headline, and the table of claims is folded.
    for told in (answer, claimed_page.markdown):
        assert "Fails: " not in told and "Of 4 claims" not in told
    assert '<details id="table-claims">' in answer


def test_what_cards_share_is_told_once_above_them(claimed_page: Written) -> None:
    for whole, first in ((claimed_page.html, '<ol class="claims">'), (claimed_page.markdown, '<a id="claim-')):
        above, _, rest = whole.partition(first)
        below = re.split("What the suite(?:'|&#39;)s sources claim", rest)[0]
        assert above.count("no GPU") == 1 and "no GPU" not in below
        assert "rue of all claims but those about FLOPs:" in above
        assert above.count("Katharopoulos") == 1 and "Katharopoulos" not in below
        assert "Linear attention is faster" in below


def card(uncovered: str, source: str = "Someone 2021", of_flops: bool = False) -> Card:
    return Card("claim-x", "It is so.", "holds", "good", "", "", source, uncovered, (), (), of_flops)


@pytest.mark.parametrize(
    ("cards", "above", "left"),
    [
        # One card has nothing to share.
        ([card("a; b")], [], ["a; b"]),
        ([card("a; b"), card("a")], [("all claims", "a")], ["b", ""]),
        ([card("a; b"), card("a; b"), card("a", of_flops=True)],
         [("all claims", "a"), ("all claims but those about FLOPs", "b")], ["", "", ""]),
        # One about time alone shares nothing with itself.
        ([card("b"), card("", of_flops=True)], [], ["b", ""]),
        # What is common but does not come first belongs to what stands before it.
        ([card("x; b"), card("b")], [("all claims", "b")], ["x; b", ""]),
        # Half of a reason is not taken away.
        ([card("a (p; q)"), card("a (p; r)")], [], ["a (p; q)", "a (p; r)"]),
        ([card(""), card("")], [], ["", ""]),
    ],
)  # fmt: skip
def test_cards_keep_what_is_their_own(cards: list[Card], above: list[tuple[str, str]], left: list[str]) -> None:
    shared, own = apart(cards)
    assert list(shared.uncovered) == above
    assert [one.uncovered for one in own] == left


def test_a_source_of_all_is_told_once() -> None:
    shared, own = apart([card("", "A"), card("", "A")])
    assert (shared.source, [one.source for one in own]) == ("A", ["", ""])
    shared, own = apart([card("", "A"), card("", "B")])
    assert (shared.source, [one.source for one in own]) == ("", ["A", "B"])


def test_each_verdict_is_traced_to_its_rows(claimed_page: Written) -> None:
    text = claimed_page.html
    cases = text.partition('<table id="t-cases">')[2].partition("</table>")[0].replace("<wbr>", "")
    ids = dict(re.findall(r'<tr><th[^>]* id="(case-[0-9a-f]{12})".*?<td>([^<]*)</td></tr>', cases))
    assert {case: anchor for anchor, case in ids.items()} == {
        case: case_anchor(case) for case in claimed_page.run.measurements["case"].unique()
    }
    judged = 0
    for row in claimed_page.analysis.claims.to_dict("records"):
        card = text.partition(f'<li id="claim-{row["id"]}"')[2].partition("</li>\n")[0]
        linked = set(re.findall(r'<a href="#(case-[0-9a-f]{12})">', card))
        assert linked == {case_anchor(case) for case in row["cases"]}
        judged += bool(linked)
    assert judged == 3


def test_cards_say_what_was_expected_found_and_left_open(claimed_page: Written) -> None:
    card = claimed_page.html.partition('<li id="claim-linear-early"')[2].partition("</li>\n")[0]
    row = claimed_page.analysis.claims.set_index("id").loc["linear-early"]
    for word in (row["text"], row["expected"], row["found"]):
        assert str(word).replace("'", "&#39;") in card
    assert str(row["source"]) in claimed_page.html
    open_one = claimed_page.html.partition('<li id="claim-never-measured"')[2].partition("</li>\n")[0]
    assert "Not covered: " in open_one


def test_a_page_without_claims_has_no_trace_of_them(written: Callable[[str], Written]) -> None:
    text = written("attention").html
    assert 'class="tally"' not in text and 'id="claim-' not in text
    # All cases can be linked to in any report.
    assert text.count(' id="case-') == 64


def test_many_cases_are_cut_but_never_those_a_claim_rests_on() -> None:
    run = outcomes.large_run(cases=1400, names=1)
    view = View(run.meta, run.measurements)
    cases = run.measurements["case"].unique().tolist()
    cited = [cases[-1], cases[-2]]
    made = case_table(view, cited)
    assert made is not None
    shown = [row[-1].text for row in made.table.rows]
    assert len(shown) == MOST_CASES
    assert shown == [*cases[: MOST_CASES - 2], *reversed(cited)]
    assert made.places[cases[-1]] == len(cases)
    assert f"{MOST_CASES} of {len(cases)} rows" in made.table.caption


def test_points_that_decide_come_first(claimed_page: Written) -> None:
    run = claimed.claimed_run()
    # Linear attention needs 1.02 · 64 / n of SDPA's FLOPs: less than 0.5 from n = 131 on.
    run.meta["suite"]["claims"] = [claimed.claim("half", "Half.", "flops", where={"allocator": "retain"},
        ratio={"of": {"kernel": "linear"}, "to": {"kernel": "sdpa"}, "at": {}, "below": 0.5})]  # fmt: skip
    (half,) = claim_cards(analyse(run.meta, run.measurements, run.replicates, run.outcomes))
    assert [place.verdict for place in half.places] == ["fails"] * 2 + ["holds"] * 6
    assert not half.told and half.evidence == "8 points, 16 cases"
    # Of one point the card itself says all.
    analysis = claimed_page.analysis
    told = {one.id: (one.told, one.evidence) for one in claim_cards(analysis)}
    assert told["claim-quadratic"] == (False, "2 points, 16 cases")
    assert told["claim-performer-never"][0]


def test_markdown_has_the_order_of_the_page(claimed_page: Written) -> None:
    heads = re.findall(r"^##+ (.*)$", claimed_page.markdown, re.M)
    sections = ["Answer", "Figures", "Tables", "Methods: how it was measured, and how far to trust it",
                "Machine and software", "Provenance"]  # fmt: skip
    assert [head for head in heads if head in sections] == sections
    assert heads[:3] == ["Answer", "Claims", "In short"]
    crossovers = heads.index("n from which each method beats best standard")
    assert heads.index("In short") < crossovers < heads.index("Figures")
    assert heads.index("Tables") < heads.index("Claims point by point") < heads.index("Cases that the claims rest on")
    # The list tells all that the table of claims would.
    assert heads.count("Claims") == 1 and "| expected |" not in claimed_page.markdown


def test_markdown_claims_lead_to_their_rows(claimed_page: Written) -> None:
    text = claimed_page.markdown
    rows = dict(re.findall(r'^\| <a id="(case-[0-9a-f]{12})"></a>\d+ \|.* \| ([^|]+) \|$', text, re.M))
    claims = claimed_page.analysis.claims.to_dict("records")
    assert {case.replace("\\_", "_") for case in rows.values()} == {case for row in claims for case in row["cases"]}
    for row in claims:
        own = text.partition(f'<a id="claim-{row["id"]}"></a>')[2].partition("\n- ")[0].partition("\n\n")[0]
        assert set(re.findall(r"\[\d+\]\(#(case-[0-9a-f]{12})\)", own)) == {case_anchor(c) for c in row["cases"]}
    files = [path for path in re.findall(r"\]\(([^)#]+)\)", text) if path.startswith("tables/")]
    assert files == ["tables/claims.csv", "tables/claim_points.csv", "tables/measurements.csv"]
    assert all((claimed_page.folder / path).is_file() for path in files)


def test_markdown_rows_are_cut_and_told(claimed_page: Written) -> None:
    anchors = tuple(case_anchor(f"c{number}") for number in range(MOST_EVIDENCE + 2))
    places = {f"c{number}": number + 1 for number in range(MOST_EVIDENCE + 2)}
    rows = tuple((plain_number(number), text(case)) for case, number in places.items())
    table = CaseTable(Table("cases", "T", "C", (Column("row", True), Column("case")), rows), anchors, places)
    one = replace(card(""), cases=(f"c{MOST_EVIDENCE}", f"c{MOST_EVIDENCE - 1}"))
    assert markdown_rows(one, table) == f"rows [200](#{anchors[199]}); 1 case without a row here"
    assert markdown_evidence(table).count('<a id="case-') == MOST_EVIDENCE == 200
    assert "The first 200 of 202 rows" in markdown_evidence(table)


@pytest.mark.parametrize("name", ["hostile_claims", "hostile_ids"])
def test_hostile_claims_are_text(name: str, tmp_path: Path) -> None:
    run = getattr(claimed, f"{name}_run")()
    analysis = analyse(run.meta, run.measurements, run.replicates, run.outcomes)
    write_report(run, analysis, tmp_path)  # type: ignore[arg-type]
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    page = parse(text)
    assert len(page.ids) == len(set(page.ids))
    assert {link[1:] for link in page.links if link.startswith("#")} <= set(page.ids)
    assert "<script>alert" not in text and "<img" not in text
    assert page.tags.count("script") == 1
    assert len(re.findall(r'<li id="claim-[^"~]*(~\d)?" class="finding', text)) == len(run.meta["suite"]["claims"])
    short = (tmp_path / "report.md").read_text(encoding="utf-8")
    # Of all marks that open HTML only those of our own anchors are left bare.
    bare = re.findall(r"(?<!\\)<[^>]*>", short)
    assert set(bare) <= {"</a>", *re.findall(r'<a id="(?:case-[0-9a-f]{12}|claim-[A-Za-z0-9_.~-]*)">', short)}
    ids = re.findall(r'<a id="([^"]+)">', short)
    assert len(ids) == len(set(ids))
    assert {link for link in re.findall(r"(?<!\\)\]\(#([^)]+)\)", short)} <= set(ids)
    assert short.count('<a id="claim-') == len(run.meta["suite"]["claims"])
