"""`extractor run`, `extractor verify` and `extractor bench`."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from extractor.batch.local import Summary, open_run, run_local
from extractor.batch.plan import Options, Plan, make_plan
from extractor.batch.progress import Progress
from extractor.batch.shard import write_text
from extractor.batch.verify import verify
from extractor.errors import InputError


def run(options: argparse.Namespace) -> Summary:
    """Plans a run and does it, or what is left of it.

    Raises:
        ExtractorError: Of inputs, outputs or the model.
    """
    from extractor.pipeline.core import model_id

    wanted = Options(
        formats=options.to, scope=options.scope, zones=options.zones,
        min_score=options.min_score, language=options.lang, text_field=options.text_field,
        device=options.device, batch_size=options.batch_size, threads=options.threads,
        shard_bytes=int(options.shard_mb * (1 << 20)),
    )  # fmt: skip
    plan = make_plan(options.inputs, wanted, model_id(options.model))
    mine = _mine(plan, options.shard_index, options.num_shards)
    told = f"run {plan.id}: {len(plan.inputs)} inputs, {plan.size_bytes / 1e6:.1f} MB, "
    told += f"{len(plan.shards)} shards"
    if options.num_shards > 1:
        told += f", {len(mine)} of them here"
    print(f"extractor: {told}; model {plan.model}", file=sys.stderr)
    if options.dry_run:
        return Summary()
    open_run(plan, options.output)
    progress = Progress(plan, form=options.log_format, quiet=options.quiet)
    summary = run_local(
        plan, options.output, model=options.model, workers=options.workers, shards=mine,
        max_errors=options.max_errors, progress=progress,
    )  # fmt: skip
    told = f"{summary.shards} of {len(mine)} shards done: {summary.articles} articles, "
    told += f"{summary.claims} claims, {summary.errors} errors"
    print(f"extractor: {told}; in {options.output}", file=sys.stderr)
    return summary


def _mine(plan: Plan, index: int, count: int) -> list[int]:
    if not 0 <= index < count:
        raise InputError(f"--shard-index {index}: not below --num-shards {count}, from 0.")
    return list(range(index, len(plan.shards), count))


def check(folder: Path) -> bool:
    """Tells on stdout whether a run's outputs are whole; True where they are."""
    verdict = verify(folder)
    done = verdict.shards - len(verdict.missing)
    print(
        f"{folder}: {done} of {verdict.shards} shards done: {verdict.articles} articles, "
        f"{verdict.claims} claims, {verdict.errors} errors"
    )
    for name in verdict.broken:
        print(f"  {name}")
    if verdict.missing:
        print("  Run the same command again to do the rest.")
    if verdict.broken:
        print("  Delete the shard's file in 'done' and run the same command again.")
    return verdict.whole


def measure(options: argparse.Namespace) -> int:
    """Measures, prints a table, writes the JSON; gives the number of errors.

    Raises:
        ExtractorError: Of inputs, outputs or the model.
    """
    from extractor.batch.bench import Settings, bench
    from extractor.batch.bench_table import print_report

    target: Path | None = options.json
    if target is not None and (target.is_dir() or not target.absolute().parent.is_dir()):
        raise InputError(f"{target}: cannot be written: no such folder. Name a file in one.")
    report = bench(
        Settings(
            inputs=tuple(options.inputs), model=options.model, device=options.device,
            language=options.lang, text_field=options.text_field, copies=options.copies,
            repeats=options.repeats, batch_size=options.batch_size, threads=options.threads,
            peers=options.peers,
        )
    )  # fmt: skip
    print_report(report)
    if target is not None:
        try:
            write_text(target, json.dumps(report, indent=1, ensure_ascii=False) + "\n")
        except OSError as error:
            raise InputError(f"{target}: cannot be written: {error.strerror}.") from error
    return sum(run["errors"] for run in report["runs"].values())
