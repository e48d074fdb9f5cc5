"""Large batches: planned, cut into shards, committed one by one, resumed, verified."""

from extractor.batch.plan import Options, Plan, make_plan
from extractor.batch.shard import Done, run_shard
from extractor.batch.verify import verify

__all__ = ["Done", "Options", "Plan", "make_plan", "run_shard", "verify"]
