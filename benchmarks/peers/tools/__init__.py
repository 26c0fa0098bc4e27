"""The tools that are compared, in the order of the table."""

from __future__ import annotations

from benchmarks.peers.compared import Tool
from benchmarks.peers.tools.asv import Asv
from benchmarks.peers.tools.crossover import Crossover
from benchmarks.peers.tools.hyperfine import Hyperfine
from benchmarks.peers.tools.pyperf import Pyperf
from benchmarks.peers.tools.pytest_benchmark import PytestBenchmark
from benchmarks.peers.tools.torch_timer import TorchTimer

#: Every tool by its name.
TOOLS: dict[str, Tool] = {
    tool.name: tool for tool in (Crossover(), PytestBenchmark(), Pyperf(), TorchTimer(), Asv(), Hyperfine())
}
