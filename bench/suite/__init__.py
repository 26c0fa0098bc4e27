"""Reads a suite, validates it, and expands its axes into cases. Imports no torch."""

from __future__ import annotations

from bench.suite.catalogue import SuiteInfo, find_suite, list_suites, suites_folder
from bench.suite.expand import expand
from bench.suite.load import load_suite
from bench.suite.problems import Problem, SuiteError
from bench.suite.schema import schema_json
from bench.suite.signature import Parameter, Signature, WorkloadFault, workload_signature
from bench.suite.templates import new_suite

__all__ = [
    "Parameter",
    "Problem",
    "Signature",
    "SuiteError",
    "SuiteInfo",
    "WorkloadFault",
    "expand",
    "find_suite",
    "list_suites",
    "load_suite",
    "new_suite",
    "schema_json",
    "suites_folder",
    "workload_signature",
]
