"""What a report tells of a run's origin."""

from __future__ import annotations

from bench.report.facts import provenance_facts
from tests.report.synthetic import attention_run


def test_the_authors_folders_stay_private() -> None:
    meta = attention_run().meta
    meta = {**meta, "suite": {**meta["suite"], "path": "/home/ada/secret project/attention.toml"}}
    told = dict(provenance_facts(meta))
    assert told["suite"] == "attention (attention.toml)"
    assert "secret" not in str(told)


def test_later_claims_name_their_file() -> None:
    meta = attention_run().meta
    later = {"file": "mine.toml", "sha256": "0123456789abcdef" * 4}
    told = dict(provenance_facts({**meta, "suite": {**meta["suite"], "claims_later": later}}))
    assert told["claims"] == "declared after the run, in mine.toml (sha256 0123456789abcdef)"
    assert "claims" not in dict(provenance_facts(meta))
