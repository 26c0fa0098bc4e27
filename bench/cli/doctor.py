"""Look at this machine before trusting it with a measurement.

First what is off and what to do about it (governor, turbo, threads, other load, slow dtypes, GPU clocks), then the
meters against answers that are known: a sleep of known length, a buffer of known size, a product of known FLOPs.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from bench.cli.codes import FAILED, OK
from bench.cli.parser import DEVICES
from bench.cli.table import text_table
from bench.plural import counted


def configure(parser: ArgumentParser) -> None:
    """Add this command's options."""
    parser.add_argument(
        "--device", choices=DEVICES, default="auto", help="the device to check (default: the best there is)"
    )


def main(arguments: Namespace) -> int:
    """Print findings and checks; 1 if a meter reads wrong or a finding would make numbers wrong."""
    from bench.meters.examine import examine
    from bench.meters.selftest import run_selftests
    from bench.report.units import quantity

    findings = examine(arguments.device)
    print("This machine\n")
    print(text_table(("", "what", "found"), [(finding.level, finding.what, finding.detail) for finding in findings]))
    for finding in findings:
        if finding.remedy:
            print(f"\n{finding.what}: {finding.remedy}", end="")
    checks = run_selftests(arguments.device)
    rows = [
        (
            "ok" if check.ok else "FAILED",
            check.name,
            ("at most " if check.tolerance is None else "") + quantity(check.expected, check.unit),
            "–" if check.measured is None else quantity(check.measured, check.unit),
            "" if check.ok else check.note,
        )
        for check in checks
    ]
    print("\n\nThe meters against known answers\n")
    print(text_table(("", "check", "expected", "measured", ""), rows, right=(2, 3)))
    bad = sum(finding.level == "bad" for finding in findings)
    wrong = sum(not check.ok for check in checks)
    makes = "makes" if bad == 1 else "make"
    print(f"\n{wrong} of {len(checks)} checks failed; {counted(bad, 'finding')} {makes} numbers wrong here")
    return FAILED if bad or wrong else OK
