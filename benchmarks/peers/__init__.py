"""Crossover beside other benchmarking tools: who cries wolf, and who finds a real slowdown. See docs/PEERS.md."""
