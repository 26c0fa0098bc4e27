"""Which process runs what, when: isolation, interleaving, stopping and faults. Nothing here interprets results."""
