"""Print the JSON Schema of suites, for editors that check TOML while one types.

Keep it beside a suite and name it in the suite's first line:

    bench schema > suite.schema.json
    #:schema ./suite.schema.json
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from bench.cli.codes import OK


def configure(parser: ArgumentParser) -> None:
    """Add this command's options: none."""


def main(arguments: Namespace) -> int:
    """Print the schema."""
    from bench.suite import schema_json

    print(schema_json(), end="")
    return OK
