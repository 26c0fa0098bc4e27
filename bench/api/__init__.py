"""The door for notebooks: runs opened as pandas frames, with tables that say what they show.

``import bench`` gives the same names and imports nothing of this until one is used.
"""

from bench.api.opened import Run, open_run
from bench.api.several import Runs, open_runs

__all__ = ["Run", "Runs", "open_run", "open_runs"]
