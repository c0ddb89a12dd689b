"""It is judged: measures of search on judged collections."""

from broadsheet.evaluate.bench import RUNS, run_bench
from broadsheet.evaluate.collection import BenchError, Collection, read_collection
from broadsheet.evaluate.measures import MEASURES, measure

__all__ = [
    "MEASURES",
    "RUNS",
    "BenchError",
    "Collection",
    "measure",
    "read_collection",
    "run_bench",
]
