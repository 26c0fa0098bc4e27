"""Every fault gets one message with file, line, key, given value, expected, nearest name; all of them at once."""

from __future__ import annotations

import pytest

from tests.suite.conftest import SUITE

AXES = "kernel, n, causal"

# change (old, new), line, key, given, start of expected, nearest
TABLE = [
    # keys and types
    (('name = "small"', 'name = "small"\nsubjct = "n"'), 3, "suite.subjct", '"n"', "a known key (name, title,",
     "subject"),
    (('name = "small"\n', ""), 1, "suite.name", None, "this key, which every [suite] needs", None),
    (('name = "small"', 'name = "a b"'), 2, "suite.name", '"a b"', "letters, digits", None),
    (('name = "small"', "name = 3"), 2, "suite.name", "3", "text", None),
    (('name = "small"', 'name = "small"\ndevice = "cdua"'), 3, "suite.device", '"cdua"', 'one of "auto", "cpu"',
     "cuda"),
    (("[fixed]", "[fxied]"), 11, "fxied", "{heads = 4}", "a known key (suite, axes,", "fixed"),
    (("[fixed]", "[measure]\ntarget = 2\n[fixed]"), 12, "measure.target", "2", "less than 1", None),
    (("[fixed]", "[measure]\ntarget = true\n[fixed]"), 12, "measure.target", "true", "a number", None),
    (("[fixed]", "[measure]\nsamples = 2.5\n[fixed]"), 12, "measure.samples", "2.5", "a whole number", None),
    (("[fixed]", '[measure]\nmetrics = [\n"time",\n"tme"]\n[fixed]'), 14, "measure.metrics[1]", '"tme"', "one of",
     "time"),
    (("[fixed]", "[measure]\nmetrics = []\n[fixed]"), 12, "measure.metrics", "[]", "at least 1 item", None),
    (("[fixed]", "[measure]\nreplicates = [3]\n[fixed]"), 12, "measure.replicates", "[3]", "at least 2 items", None),
    (("[fixed]", "[measure]\nreplicates = [5, 3]\n[fixed]"), 12, "measure.replicates", "[5, 3]", "the least", None),
    (("[fixed]", '[measure]\nmetrics = ["time", "time"]\n[fixed]'), 12, "measure.metrics[1]", '"time"', "each name",
     None),
    (("[fixed]", "[environment]\nthreads = 0\n[fixed]"), 12, "environment.threads", "0", "greater than or equal", None),
    (("[fixed]\nheads = 4", "[axes.fixed]\nheads = 4"), 11, "axes.fixed", "{heads = 4}", "a range with from and to",
     None),
    (("[[crossover]]", "[crossover]"), 14, "crossover", None, "a list", None),
    # axes
    (("causal = [false, true]", "causal = []"), 9, "axes.causal", "[]", "at least one value", None),
    (("causal = [false, true]", "causal = true"), 9, "axes.causal", "true", "a list of values, or a range", None),
    (("causal = [false, true]", "causal = [true,\ntrue]"), 10, "axes.causal[1]", "true", "each value once", None),
    (("causal = [false, true]", "causal = [false, 1]"), 9, "axes.causal[1]", "1", "true or false", None),
    (("causal = [false, true]", "causal = [[true]]"), 9, "axes.causal[0]", "[true]", "text, a finite number", None),
    (("causal = [false, true]", "scale = [1, inf]"), 9, "axes.scale[1]", "inf", "text, a finite number", None),
    (("causal = [false, true]", "scale = [1, 1.0]"), 9, "axes.scale[1]", "1.0", "each value once", None),
    (("factor = 2", "factor = 1"), 8, "axes.n.factor", "1", "at least 2", None),
    (("factor = 2", "factor = 2.5"), 8, "axes.n.factor", "2.5", "a whole number", None),
    (("factor = 2", "step = 0"), 8, "axes.n.step", "0", "at least 1", None),
    (("factor = 2", "fator = 2"), 8, "axes.n.fator", "2", "only from, to, factor", "factor"),
    ((", factor = 2", ""), 8, "axes.n", "{from = 64, to = 256}", "a range with either factor or step", None),
    (("from = 64", "from = 512"), 8, "axes.n.from", "512", "at most to = 256", None),
    (("from = 64", "from = 0"), 8, "axes.n.from", "0", "at least 1 where", None),
    (("from = 64, ", ""), 8, "axes.n", "{to = 256, factor = 2}", "a range with from", None),
    (("factor = 2", "step = 1, from2 = 1"), 8, "axes.n.from2", "1", "only from, to", "from"),
    (('"linear"]', '\n"liner"]'), 8, "axes.kernel[2]", '"liner"', 'one of "naive", "sdpa", "linear"', "linear"),
    (("causal = [", "causl = ["), 9, "axes.causl", '"causl"', "a parameter of attend (kernel, n,", "causal"),
    (("causal = [", '"n o" = ['), 9, "axes.n o", '"n o"', "a name of letters, digits", None),
    (("causal = [false, true]", "seconds = [1]"), 9, "axes.seconds", '"seconds"', "another name: this one is a", None),
    (("causal = [false, true]", 'openmp = ["pasive"]'), 9, "axes.openmp[0]", '"pasive"', "one of", "passive"),
    (("causal = [false, true]", "threads = [0]"), 9, "axes.threads[0]", "0", "at least 1", None),
    # fixed
    (("heads = 4", "heads = 4\nn = 64"), 13, "fixed.n", '"n"', "a parameter that is not also an axis (line 8)", None),
    (("heads = 4", "haeds = 4"), 12, "fixed.haeds", '"haeds"', "a parameter of attend", "heads"),
    (("heads = 4", 'heads = "4"'), 12, "fixed.heads", '"4"', "a whole number", None),
    (("heads = 4", "heads = true"), 12, "fixed.heads", "true", "a whole number", None),
    (("heads = 4", "heads = [4]"), 12, "fixed.heads", "[4]", "text, a finite number", None),
    (("heads = 4", "threads = 4"), 12, "fixed.threads", "4", "threads under [environment]", None),
    (("heads = 4", 'installation = "here"'), 12, "fixed.installation", '"here"',
     'an axis: installation = ["here", ...] under [axes], with', None),
    (("[fixed]", '[environment]\ninstallation = "here"\n[fixed]'), 12, "environment.installation", '"here"',
     'an axis: installation = ["here", ...] under [axes], with', None),
    (("[presets.quick]", '[presets.quick.environment]\ninstallation = "x"\n[presets.quick]'), 19,
     "presets.quick.environment.installation", '"x"', "an axis: installation = [", None),
    # workload
    (("work.py:attend", "wrok.py:attend"), 3, "suite.workload", '"./wrok.py:attend"', "a Python file that exists",
     "./work.py:attend"),
    (("work.py:attend", "work.py:atend"), 3, "suite.workload", '"./work.py:atend"', "a function in",
     "./work.py:attend"),
    (("./work.py:attend", "work"), 3, "suite.workload", '"work"', '"package.module:function"', None),
    (("./work.py:attend", "bench.suit.model:f"), 3, "suite.workload", '"bench.suit.model:f"', "a module that can be",
     "bench.suite.model:f"),
    (("./work.py:attend", "wrk:attend"), 3, "suite.workload", '"wrk:attend"', "a module that can be", "work:attend"),
    (("./work.py:attend", "math:sqrt"), 3, "suite.workload", '"math:sqrt"', "a module with Python source", None),
    # references
    (('subject = "kernel"', 'subject = "kernl"'), 4, "suite.subject", '"kernl"', f"an axis ({AXES})", "kernel"),
    (('subject = "kernel"', 'subject = "kernel"\ninterleave = ["causl"]'), 5, "suite.interleave[0]", '"causl"',
     "an axis", "causal"),
    (('subject = "kernel"', 'subject = "kernel"\ninterleave = ["kernel"]'), 5, "suite.interleave[0]", '"kernel"',
     "an axis that is named once", None),
    (('axis = "n"', 'axis = "m"'), 15, "crossover[0].axis", '"m"', f"an axis ({AXES})", None),
    (('axis = "n"', 'axis = "causal"'), 15, "crossover[0].axis", '"causal"', "an axis of numbers", None),
    (('axis = "n"', 'axis = "n"\nrelative_to = "n"'), 16, "crossover[0].relative_to", '"n"', "another axis", None),
    (('axis = "n"', 'axis = "n"\nmetrics = ["error"]'), 16, "crossover[0].metrics[0]", '"error"', 'one of "flops"',
     None),
    (('members = ["sdpa"]', 'members = ["sdpa", "spda"]'), 16, "crossover[0].baselines[0].members[1]", '"spda"',
     "a value of kernel (naive, sdpa, linear)", "sdpa"),
    (('members = ["sdpa"]', "members = []"), 16, "crossover[0].baselines[0].members", "[]", "at least 1 item", None),
    (('members = ["sdpa"]}', 'members = ["sdpa"]},\n{name = "SDPA", members = ["naive"]}'), 17,
     "crossover[0].baselines[1].name", '"SDPA"', "a name no other baseline", None),
    (("[presets.quick]", '[share]\naxis = "prt"\nwhole = "a"\n[presets.quick]'), 19, "share.axis", '"prt"', "an axis",
     None),
    (("[presets.quick]", '[share]\naxis = "n"\nwhole = "65"\n[presets.quick]'), 20, "share.whole", '"65"',
     "a value of n (64, 128, 256)", None),
    (("[presets.quick]", '[[skip]]\nwhen = {n = {abov = 3}}\nreason = "x"\n[presets.quick]'), 19, "skip[0].when.n.abov",
     "3", "a known key (above,", "above"),
    (("[presets.quick]", '[[skip]]\nwhen = {kernel = {above = 3}}\nreason = "x"\n[presets.quick]'), 19,
     "skip[0].when.kernel.above", "3", "a numeric axis", None),
    (("[presets.quick]", '[[skip]]\nreason = "x"\n[skip.when]\nkernel = [\n"naive",\n"nave"]\n[presets.quick]'), 23,
     "skip[0].when.kernel[1]", '"nave"', "one of", "naive"),
    (("[presets.quick]", '[[skip]]\nwhen = {kernl = 1}\nreason = "x"\n[presets.quick]'), 19, "skip[0].when.kernl",
     '"kernl"', "an axis", "kernel"),
    (("[presets.quick]", "[[skip]]\nwhen = {n = 64}\n[presets.quick]"), 18, "skip[0].reason", None, "this key", None),
    (("[presets.quick]", "[[omit]]\nwhen = {n = 65}\n[presets.quick]"), 19, "omit[0].when.n", "65",
     "one of 64, 128, 256", None),
    (("[presets.quick]", '[labels]\nlinaer = "Linear"\n[presets.quick]'), 19, "labels.linaer", '"linaer"', "the name",
     "linear"),
    # presets
    (("causal = false", "causl = false"), 19, "presets.quick.axes.causl", "false", f"an axis of the suite ({AXES})",
     "causal"),
    (("causal = false", 'causal = "no"'), 19, "presets.quick.axes.causal", '"no"', "true or false", None),
    (("n = [64, 128]", "n = {from = 4, to = 2, factor = 2}"), 19, "presets.quick.axes.n.from", "4", "at most to = 2",
     None),
    (("[presets.quick]", "[presets.quick]\nfixed = {haeds = 1}"), 19, "presets.quick.fixed.haeds", '"haeds"',
     "a parameter of attend", "heads"),
    (("[presets.quick]", "[presets.quick]\nmeasure = {sample = 1}"), 19, "presets.quick.measure.sample", "1",
     "a known key", "samples"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "line", "key", "given", "expected", "near"), TABLE, ids=[f"{row[2]}-{row[3]}" for row in TABLE]
)
def test_one_fault(write, problems, change, line, key, given, expected, near) -> None:
    path = write(change)
    found = {problem.key: problem for problem in problems(path)}
    problem = found[key]
    assert problem.file == str(path)
    assert (problem.line, problem.nearest) == (line, near)
    if given is not None or expected.startswith("this key"):
        assert problem.given == given
    assert problem.expected.startswith(expected)
    assert str(problem).startswith(f"{path}:{line}: {key}: ")
    assert "\n" not in str(problem)


@pytest.mark.parametrize(
    ("change", "line", "what"),
    [
        (("heads = 4", "heads = = 4"), 12, "invalid value (column 9)"),
        (("heads = 4", "heads = 4\nheads = 5"), 13, "cannot overwrite a value (column 10)"),
        (("causal = false}", "causal = false"), 19, "unclosed inline table (column 37)"),
        (("[fixed]", "[axes]"), 11, "cannot declare ('axes',) twice (column 6)"),
    ],
)
def test_syntax(write, problems, change, line, what) -> None:
    path = write(change)
    (problem,) = problems(path)
    assert (problem.file, problem.line, problem.expected) == (str(path), line, "TOML")
    assert problem.given is not None and problem.given.split(" (")[0] == what.split(" (")[0]


def test_not_utf8(write, problems) -> None:
    path = write()
    path.write_bytes(SUITE.encode().replace(b"small", b"sm\xe4ll"))
    (problem,) = problems(path)
    assert (problem.line, problem.expected) == (2, "UTF-8 text")


def test_all_at_once_in_order_of_lines(write, problems) -> None:
    path = write(
        ('name = "small"', 'name = "small"\ntitel = "x"'),
        ("factor = 2", "factor = 1"),
        ("heads = 4", "haeds = 4"),
        ('members = ["sdpa"]', 'members = ["spda"]'),
    )
    assert [(problem.line, problem.key) for problem in problems(path)] == [
        (3, "suite.titel"),
        (9, "axes.n.factor"),
        (13, "fixed.haeds"),
        (17, "crossover[0].baselines[0].members[0]"),
    ]


def test_the_whole_line(write, problems) -> None:
    path = write(('members = ["sdpa"]', 'members = ["spda"]'))
    (problem,) = problems(path)
    assert str(problem) == (
        f'{path}:16: crossover[0].baselines[0].members[0]: got "spda"; '
        "expected a value of kernel (naive, sdpa, linear); did you mean 'sdpa'?"
    )


def test_missing_parameter(write, problems) -> None:
    path = write(("n = {from = 64, to = 256, factor = 2}\n", "heads = [8]\n"), ("heads = 4", ""))
    assert "expected parameter 'n' of attend under [axes] or [fixed]" in "\n".join(map(str, problems(path)))


def test_misspelt_required_parameter_is_one_message(write, problems) -> None:
    text = SUITE.replace("kernel = [", "kernal = [").replace('subject = "kernel"', 'subject = "kernal"')
    (problem,) = problems(write(text=text))
    assert (problem.key, problem.nearest) == ("axes.kernal", "kernel")


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"preset": "quik"}, "--preset: got quik; expected a preset of small (quick); did you mean 'quick'?"),
        ({"overrides": {"m": [1]}},
         "--set: m=1: got m; expected an axis or a fixed parameter (kernel, n, causal, heads,"),
        ({"overrides": {"kernel": ["spda"]}},
         '--set: kernel=spda: got spda; expected one of "naive", "sdpa", "linear"; '
         "did you mean 'sdpa'?"),
        ({"overrides": {"n": ["x"]}}, "--set: n=x: got x; expected a whole number"),
        ({"overrides": {"n": []}}, "--set: n=: got []; expected at least one value"),
        ({"overrides": {"n": [8, 8]}}, "--set: n=8,8: got 8; expected each value once; it is also value 1 of the axis"),
        ({"overrides": {"heads": [1, 2]}}, "--set: heads=1,2: expected one value: heads is no axis of the suite"),
        ({"overrides": {"threads": [0]}}, "--set: threads=0: got 0; expected at least 1"),
        ({"overrides": {"installation": ["here"]}},
         '--set: installation=here: got installation; expected a suite with an axis: installation = ["here", ...] '
         "under [axes], with an [[installation]] table for each other; or --against"),
        ({"budget": 0.0}, "--budget: got 0.0; expected seconds, more than 0"),
        ({"budget": float("nan")}, "--budget: got nan; expected seconds, more than 0"),
    ],
)  # fmt: skip
def test_options(write, problems, options, text) -> None:
    (problem,) = problems(write(), **options)
    assert str(problem).startswith(text)


def test_options_and_file_together(write, problems) -> None:
    found = problems(write(("heads = 4", "haeds = 4")), preset="quik", budget=-1.0)
    assert [problem.file.startswith("--") for problem in found] == [True, True, False]
