"""Bundles of ``bench paper``: macros equal the data, tables print macros only, the same input gives the same bytes."""

from __future__ import annotations

import hashlib
import io
import json
import math
import re
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from bench.analysis.intervals import paired_ratio
from bench.analysis.summary import analyse
from bench.report.paper import workload
from bench.report.paper.bundle import bundle
from bench.report.paper.checksums import SUMS, OccupiedError, archive, with_sums, write
from bench.report.paper.dictionary import described
from bench.report.paper.resolve import best
from bench.report.paper.siunitx import value_of
from bench.report.paper.source import sources
from tests.report import claimed, outcomes, synthetic

Bundles = Callable[..., Mapping[str, bytes]]
_DEFINITION = re.compile(r"% (.*)\n\\newcommand\*\{\\(bench[A-Za-z]+)\}\{(-?\d.*)\}")


@pytest.fixture(scope="module")
def bundles() -> Bundles:
    """``bundles("attention", "encoder")``: the files of a bundle of synthetic runs."""

    @cache
    def make(*names: str) -> Mapping[str, bytes]:
        return bundle([_analysed(name) for name in names])

    return make


def _analysed(name: str) -> tuple[Any, Any]:
    builders = (getattr(room, f"{name}_run", None) for room in (synthetic, outcomes, claimed))
    run = next(builder for builder in builders if builder is not None)()
    if run.outcomes is None:
        run.outcomes = pd.DataFrame()
    given = None if run.outcomes.empty else run.outcomes
    return run, analyse(run.meta, run.measurements, run.replicates, given)


def _macros(files: Mapping[str, bytes]) -> dict[str, tuple[str, str]]:
    """Name to what it prints and the comment above it."""
    text = files["numbers.tex"].decode() + files.get("numbers-rest.tex", b"").decode()
    return {name: (value, note) for note, name, value in _DEFINITION.findall(text)}


@pytest.mark.parametrize("name", ["attention", pytest.param("encoder", marks=pytest.mark.slow), "precision", "hostile"])
def test_macros_equal_the_data(bundles: Bundles, name: str) -> None:
    files = bundles(name)
    rows = pd.read_csv(io.BytesIO(files["data/measurements.csv"]))
    factors = {"ns": 1e-9, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "B": 1.0, "KiB": 2.0**10, "MiB": 2.0**20, "GiB": 2.0**30,
               "FLOP": 1.0, "kFLOP": 1e3, "MFLOP": 1e6, "GFLOP": 1e9, "TFLOP": 1e12}  # fmt: skip
    seen = set()
    for shown, note in _macros(files).values():
        match = re.match(r"(.*?); stored .*; data/measurements\.csv, record (\d+), case (.*), metric (\S+)$", note)
        if match is None:
            continue
        row = rows.iloc[int(match[2]) - 1]
        seen.add(int(match[2]))
        assert row["metric"] == match[4]
        factor = factors.get(match[1], 1.0)
        value, error = (part * factor for part in value_of(shown))
        # Exact numbers have four digits; measured ones are off by less than their uncertainty.
        assert abs(value - row["value"]) <= (error or 0.51e-3 * abs(row["value"]))
        if error:
            slack = 1e-9 * abs(row["value"])
            assert value - error <= row["low"] + slack
            assert value + error >= row["high"] - slack
    finite = rows[(rows["status"] == "ok") & rows["value"].map(math.isfinite)]
    assert seen == {position + 1 for position in finite.index}


@pytest.mark.parametrize("name", ["attention", "training"])
def test_numbers_has_what_is_printed_and_no_more(bundles: Bundles, name: str) -> None:
    """All of a large run's numbers would not fit into TeX's memory: 49,000 names exceed its 5.8 MB of strings."""
    files = bundles(name)
    pages = b"".join(text for path, text in files.items() if path.endswith(".tex") and not path.startswith("numbers"))
    printed = {macro for macro in re.findall(r"\\(bench\w+)", pages.decode()) if not macro.endswith("Unit")}
    first = {found[1] for found in _DEFINITION.findall(files["numbers.tex"].decode())}
    rest = {found[1] for found in _DEFINITION.findall(files["numbers-rest.tex"].decode())}
    assert printed == first
    assert rest and not rest & printed


def test_a_macro_by_hand(bundles: Bundles) -> None:
    shown, note = _macros(bundles("attention"))["benchAttentionKernelLinearNSixFourAllocatorDefaultFlopsFormula"]
    # 8 heads, 4 * 64 * 64 * 64 FLOPs each, and 2 % more: 8.556380 MFLOP.
    assert note.startswith("MFLOP; stored 8556380") or note.startswith("GFLOP; stored 8556380")
    assert value_of(shown)[0] * {"M": 1e6, "G": 1e9}[note[0]] == pytest.approx(8556380.16, rel=5e-4)


def test_tables_print_macros_and_nothing_else(bundles: Bundles) -> None:
    files = bundles("attention")
    names = set(_macros(files))
    checked = 0
    for path, content in files.items():
        if not re.match(r"tables/(time|ratio|peak|flops|error)", path):
            continue
        for line in content.decode().splitlines():
            if not line.endswith(r"\\") or line.startswith(("%", r"\multi")) or "midrule" in line:
                continue
            _, *cells = line.removesuffix(r" \\").split(" & ")
            for cell in cells:
                cell = cell.removeprefix(r"\bfseries ")
                assert cell.startswith("{") or cell.removeprefix("\\") in names, (path, cell)
                checked += cell.startswith("\\")
    assert checked > 100


def test_texts_hold_no_bare_measurement(bundles: Bundles) -> None:
    text = bundles("attention")["results.tex"].decode()
    names = set(_macros(bundles("attention")))
    used = re.findall(r"\\num\{\\(bench[A-Za-z]+)\}", text)
    assert used and set(used) <= names
    rest = re.sub(r"\\num\{[^}]*\}", "", text)
    assert not re.search(r"\d\.\d", rest)


def test_claims_print_what_was_found(bundles: Bundles) -> None:
    files, (_, analysis) = bundles("claimed"), _analysed("claimed")
    macros = _macros(files)
    row = next(one for one in analysis.claims.to_dict("records") if one["id"] == "performer-never")
    found = [float(macros[f"benchAttentionClaimPerformerNever{what}"][0]) for what in ("Value", "Low", "High")]
    # As the report tells it, bounds outwards: 1043.7 (1029.8 to 1056.5) at three digits.
    assert row["found"] == "at n ≈ 1040 (1020 to 1060)"
    assert found == [1040, 1020, 1060]
    table = files["tables/claims.tex"].decode()
    line = next(line for line in table.splitlines() if line.startswith("Performer never pays."))
    value, low, high = (rf"\num{{\benchAttentionClaimPerformerNever{what}}}" for what in ("Value", "Low", "High"))
    assert rf"never & at n $\approx$ {value} ({low} to {high}) &" in line
    assert line.endswith(r"& fails \\")
    assert r"\cite{katharopoulos2020}" in line
    assert "nothing was measured that could tell" in table
    # 213 in the one allocator and 212 in the other: the claim has two settings, and each a line of its own.
    line = next(line for line in table.splitlines() if "LinearEarlyFacets" in line)
    assert r"holds at all \num{\benchAttentionClaimLinearEarlyFacets} places, such as allocator default: at n" in line
    assert files["tables/claim-points.tex"].count(rb"LinearEarlyAtAllocator") == 6
    assert b"never-measured" in files["limitations.tex"] and b"not in this run" in files["limitations.tex"]


def test_bold_only_where_the_paired_interval_tells() -> None:
    fast, close, slow = ({number: base * (1 + 0.2 * (number % 3)) for number in range(6)} for base in (1.0, 1.3, 2.0))
    rows = [{"case": name, "metric": "time", "value": value} for name, value in (("a", 1.2), ("b", 1.6), ("c", 2.4))]
    # Processes differ by 40 %, all sides alike: intervals of their own overlap, the paired ratio is sharp.
    assert best(rows, {"a": fast, "b": close, "c": slow}, 0.95) == 0
    noisy = {number: value * (2.0 if number % 2 else 0.55) for number, value in close.items()}
    assert paired_ratio(fast, noisy, 0.95).high > 1
    assert best(rows, {"a": fast, "b": noisy, "c": slow}, 0.95) is None
    # One pair, or none, tells nothing.
    assert best(rows, {"a": {0: 1.0}, "b": {0: 1.3}, "c": {0: 2.0}}, 0.95) is None
    assert best(rows[:1], {"a": fast}, 0.95) is None


def test_bold_of_exact_values() -> None:
    def row(value: float) -> dict[str, Any]:
        return {"case": "", "metric": "peak_tensor_bytes", "value": value, "low": value, "high": value}

    assert best([row(3.0), row(2.0), None], {}, 0.95) == 1
    assert best([row(2.0), row(2.0)], {}, 0.95) is None


def test_the_same_input_gives_the_same_bytes() -> None:
    first, second = bundle([_analysed("words")]), bundle([_analysed("words")])
    assert list(first) == list(second)
    assert [path for path in first if first[path] != second[path]] == []
    assert archive(first) == archive(second)


def test_sums_and_archive(bundles: Bundles, tmp_path: Path) -> None:
    files = bundles("words")
    lines = dict(reversed(line.split("  ")) for line in files[SUMS].decode().splitlines())
    assert set(lines) == set(files) - {SUMS}
    assert all(hashlib.sha256(files[path]).hexdigest() == digest for path, digest in lines.items())
    write(files, tmp_path / "paper.zip")
    with zipfile.ZipFile(tmp_path / "paper.zip") as found:
        assert found.namelist() == list(files)
        assert {one.date_time for one in found.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert found.read("main.tex") == files["main.tex"]


def test_a_folder_is_replaced_and_what_is_not_ours_stays(tmp_path: Path) -> None:
    first = with_sums({"a.tex": b"1", "old/b.tex": b"2"})
    write({**first, SUMS: first[SUMS] + b"x  ../outside\n"}, tmp_path / "out")
    (tmp_path / "outside").write_text("keep")
    (tmp_path / "out" / "a.pdf").write_text("made by LaTeX")
    write(with_sums({"a.tex": b"3"}), tmp_path / "out")
    assert (tmp_path / "out" / "a.tex").read_bytes() == b"3"
    assert not (tmp_path / "out" / "old" / "b.tex").exists()
    assert (tmp_path / "outside").read_text() == "keep"
    (tmp_path / "out" / "thesis.tex").write_text("years of work")
    with pytest.raises(OccupiedError, match=r"thesis\.tex"):
        write({"a.tex": b"4", SUMS: b""}, tmp_path / "out")
    assert (tmp_path / "out" / "a.tex").read_bytes() == b"3"


def test_what_was_changed_by_hand_is_not_written_over(tmp_path: Path) -> None:
    write(with_sums({"a.tex": b"1", "b.tex": b"1", "c.tex": b"1"}), tmp_path)
    (tmp_path / "b.tex").write_bytes(b"my own words")
    with pytest.raises(OccupiedError, match=r"changed since `bench paper` wrote them: b\.tex; move them"):
        write(with_sums({"a.tex": b"2", "b.tex": b"2"}), tmp_path)
    found = {name: (tmp_path / f"{name}.tex").read_bytes() for name in "abc"}
    assert found == {"a": b"1", "b": b"my own words", "c": b"1"}
    # What equals the new bundle would not be lost, nor what is not there.
    (tmp_path / "b.tex").write_bytes(b"2")
    (tmp_path / "c.tex").unlink()
    write(with_sums({"a.tex": b"2", "b.tex": b"2"}), tmp_path)
    assert (tmp_path / "a.tex").read_bytes() == b"2"


@pytest.mark.parametrize(
    "name",
    [
        "claimed",
        *(pytest.param(name, marks=pytest.mark.slow) for name in ("encoder", "training")),
        "precision",
        "words",
    ],
)
def test_every_column_is_described(bundles: Bundles, name: str) -> None:
    files = bundles(name)
    text = files["data/dictionary.md"].decode()
    source = sources([_analysed(name)])[0]
    for path in files:
        if not path.endswith(".csv"):
            continue
        stem = Path(path).stem
        frame = pd.read_csv(io.BytesIO(files[path]), low_memory=False)
        twin = pd.read_parquet(io.BytesIO(files[path.replace(".csv", ".parquet")]))
        assert list(frame.columns) == list(twin.columns)
        assert len(frame) == len(twin)
        assert f"## data/{stem}\n" in text
        for column in frame.columns:
            assert "not described" not in described(source, stem, column)[1], (stem, column)


def test_data_read_back_unchanged(bundles: Bundles) -> None:
    run, _ = _analysed("attention")
    files = bundles("attention")
    for read, path in ((pd.read_csv, "data/measurements.csv"), (pd.read_parquet, "data/measurements.parquet")):
        back = read(io.BytesIO(files[path]))
        assert back["value"].fillna(-1).tolist() == run.measurements["value"].fillna(-1).tolist()
        assert [json.loads(cell) for cell in back["extra"]] == run.measurements["extra"].tolist()
    told = json.loads(files["data/run.json"])
    assert told.pop("suite") == {**run.meta["suite"], "path": "attention.toml"}
    assert told == {key: value for key, value in run.meta.items() if key != "suite"}


def test_several_runs_keep_apart(bundles: Bundles) -> None:
    files = bundles("words", "hostile", "words")
    macros = _macros(files)
    defined = (files["numbers.tex"] + files["numbers-rest.tex"]).decode()
    assert len(macros) == len(_DEFINITION.findall(defined))
    first = [name for name in macros if name.startswith("benchLossesA")]
    third = [name for name in macros if name.startswith("benchLossesC")]
    assert len(first) == len(third) > 30
    assert [macros[name][0] for name in first] == [macros[name][0] for name in third]
    assert any(name.startswith("benchHostileKernel") for name in macros)
    assert files["data/a-losses/measurements.csv"] == files["data/c-losses/measurements.csv"]
    assert "data/b-hostile/measurements.csv" in files
    assert files["methods.tex"].count(rb"\subsection") == 3


def test_each_caption_names_its_run_where_there_are_several(bundles: Bundles) -> None:
    files = bundles("words", "hostile", "words")
    for stem in ("main", "supplement"):
        text = files[f"{stem}.tex"].decode()
        captions = re.findall(r"\\tablecaption\{(.*)\}\{([abc])-[^}]*\}", text)
        captions += re.findall(r"\\caption\[\]\{(.*)\}\s*\\label\{fig:([abc])-", text)
        assert {letter for _, letter in captions} == {"a", "b", "c"}
        for caption, letter in captions:
            told = caption.split(". ")[0]
            # The second run is of another suite, whose title no other has.
            assert told.endswith(f", run {letter.upper()}") == (letter != "b"), caption
    alone = bundles("words")["main.tex"].decode()
    assert re.search(r"\\tablecaption\{Time per call\.", alone)


def _with(name: str, **suite: Any) -> tuple[Any, Any]:
    run, analysis = _analysed(name)
    return replace(run, meta={**run.meta, "suite": {**run.meta["suite"], **suite}}), analysis


def test_methods_hide_what_no_author_chose() -> None:
    # As runs keep an environment.
    environment = {"threads": 1, "openmp": "passive", "allocator": "default", "installation": "here", "copy": 0}
    text = bundle([_with("words", environment=environment)])["methods.tex"].decode()
    assert "Set before each interpreter starts: threads 1, openmp passive, allocator default." in text
    text = bundle([_with("words", environment=environment | {"installation": "nightly"})])["methods.tex"].decode()
    assert "allocator default, installation nightly." in text


def test_one_process_has_no_interval_to_speak_of() -> None:
    run, _ = _analysed("attention")
    rows = run.measurements
    run.measurements = rows.assign(low=math.nan, high=math.nan, replicates=1)
    run.replicates = run.replicates[run.replicates["replicate"] == run.replicates["replicate"].min()]
    files = bundle([(run, analyse(run.meta, run.measurements, run.replicates))])
    text = files["methods.tex"].decode() + files["limitations.tex"].decode()
    assert "timed in one fresh process." in text
    assert "has no interval" in text and "Times have no interval" in text
    for words in ("fresh processes", "half-width", "Student", "geometric mean", "their intervals", "12.3"):
        assert words not in text, words


def test_claims_declared_later_are_told_so() -> None:
    later = {"file": "later.toml", "sha256": "0123456789abcdef" * 4}
    files = bundle([_with("claimed", claims_later=later)])
    methods = files["methods.tex"].decode()
    assert (
        r"declared after the run had been measured, in \texttt{later.toml} (SHA-256 \texttt{0123456789abcdef}"
        in methods
    )
    assert "What later.toml claims, declared after the run was measured" in files["main.tex"].decode()
    assert "declared after" not in bundle([_analysed("claimed")])["methods.tex"].decode()


def test_an_own_workload_is_in_the_bundle_or_asked_for() -> None:
    told = {"name": "./mine.py:product", "file": "mine.py", "sha256": workload.hashed("mine.py", b"x = 1\n")}
    # sha256sum of the six bytes "mine.py", NUL, "x = 1", newline, NUL, by hand.
    assert told["sha256"] == hashlib.sha256(b"mine.py\0x = 1\n\0").hexdigest()
    run, analysis = _with("words", workload="./mine.py:product")
    run = replace(run, meta={**run.meta, "workload": told})
    files = bundle([(run, analysis)], {0: b"x = 1\n"})
    assert files["data/mine.py"] == b"x = 1\n"
    assert "`data/mine.py` is that file as it was measured" in files["README.md"].decode()
    without = bundle([(run, analysis)])
    assert "data/mine.py" not in without
    assert f"`{told['sha256']}`" in without["README.md"].decode()
    assert "workload of its own" not in bundle([_analysed("words")])["README.md"].decode()


def test_an_own_workload_counts_only_as_it_was_measured(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_bytes(b"x = 1\n")
    meta = {
        "suite": {"workload": "./mine.py:product", "path": str(tmp_path / "mine.toml")},
        "workload": {"sha256": workload.hashed("mine.py", b"x = 1\n")},
    }
    assert workload.content(meta) == b"x = 1\n"
    (tmp_path / "mine.py").write_bytes(b"x = 2\n")
    assert workload.content(meta) is None
    (tmp_path / "mine.py").unlink()
    assert workload.content(meta) is None
    assert workload.own_file({"suite": {"workload": "bench.workloads.attention:attention"}}) == ""


def test_resident_memory_is_not_bold() -> None:
    run, analysis = _analysed("attention")
    rows = run.measurements
    peaks = rows["metric"].str.startswith("peak_")
    # As runs keep what is measured once.
    run.measurements = rows.assign(
        low=rows["low"].where(~peaks, rows["value"]), high=rows["high"].where(~peaks, rows["value"])
    )
    files = bundle([(run, analysis)])
    bold = {path for path, text in files.items() if path.startswith("tables/") and rb"\bfseries" in text}
    assert any(path.startswith("tables/peak-tensor") for path in bold)
    assert any(path.startswith("tables/peak-resident") for path in files)
    assert not any(path.startswith("tables/peak-resident") for path in bold)


def test_methods_and_limitations_say_what_was_done(bundles: Bundles) -> None:
    files = bundles("attention")
    methods, limits = files["methods.tex"].decode(), files["limitations.tex"].decode()
    assert "AMD EPYC" in methods and "2.13.0" in methods and "seed 7" in methods
    assert r"\qty{5}{\milli\second}" in methods  # sample_s
    assert r"\qty{95}{\percent}" in methods
    assert "No GPU" in limits
    assert "flagged noisy" in limits
    assert "preset quick" in limits
    assert "in no commit" in limits


def test_readme_says_how_to_repeat_it_and_what_was_respelt(bundles: Bundles) -> None:
    readme = bundles("attention")["README.md"].decode()
    assert "    bench run attention --preset quick\n" in readme
    assert "0123456789abcdef" in readme
    hostile = bundles("hostile")["README.md"].decode()
    assert "`[U+1F600]`: GRINNING FACE" in hostile


def test_an_empty_run_makes_a_bundle(bundles: Bundles) -> None:
    assert b"No case has a value" in bundles("empty")["results.tex"]
