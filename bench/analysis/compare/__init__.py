"""Two runs compared, or the two sides of one run: ratios with intervals, verdicts, and what changed beside them."""

from bench.analysis.compare.build import compare_runs as compare_runs
from bench.analysis.compare.build import compare_within as compare_within
from bench.analysis.compare.confirmed import confirmed as confirmed
from bench.analysis.compare.confirmed import in_doubt as in_doubt
from bench.analysis.compare.model import ALLOWED as ALLOWED
from bench.analysis.compare.model import CHANGES as CHANGES
from bench.analysis.compare.model import Comparison as Comparison
from bench.analysis.compare.model import Side as Side
