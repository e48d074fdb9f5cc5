"""`extractor run`, `extractor verify` and `extractor bench`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable
from contextlib import redirect_stdout
from functools import partial
from pathlib import Path

from extractor.batch.files import part_name, write_text
from extractor.batch.local import run_local
from extractor.batch.plan import PLAN, Options, Plan, make_plan
from extractor.batch.progress import Progress
from extractor.batch.run import ERRORS_FILE, STALL_S, Summary, open_run
from extractor.batch.shard import DONE, ERRORS
from extractor.batch.verify import verify
from extractor.errors import InputError
from extractor.formats.writers import FORMATS

_NAMED = 10  # shards or files, of more the number is told


def run(options: argparse.Namespace) -> Summary:
    """Plans a run and does it, or what is left of it.

    Raises:
        ExtractorError: Of inputs, outputs or the model.
    """
    from extractor.pipeline.core import model_id

    engine = _engine(options)
    wanted = Options(
        formats=options.to, scope=options.scope, zones=options.zones,
        min_score=options.min_score, language=options.lang, text_field=options.text_field,
        device=_device(options), precision=options.precision, batch_size=options.batch_size,
        threads=options.threads, shard_bytes=int(options.shard_mb * (1 << 20)),
    )  # fmt: skip
    plan = make_plan(
        options.inputs, wanted, model_id(options.model),
        leave_out=partial(_own, options.output.resolve()),
    )  # fmt: skip
    _check_apart(options.inputs, plan, options.output)
    mine = _mine(plan, options.shard_index, options.num_shards)
    progress = Progress(form=options.log_format, quiet=options.quiet)
    told = f"run {plan.id}: {len(plan.inputs)} inputs, {plan.size_bytes / 1e6:.1f} MB, "
    told += f"{len(plan.shards)} shards"
    if options.num_shards > 1:
        told += f", {len(mine)} of them here"
    progress.say(f"{told}; model {plan.model}")
    if options.dry_run:
        return Summary()
    open_run(plan, options.output)
    with redirect_stdout(sys.stderr):  # where Ray would tell of lost workers
        summary = engine(
            plan, options.output, model=options.model, shards=mine,
            stall_s=options.stall_s or STALL_S, max_errors=options.max_errors, progress=progress,
        )  # fmt: skip
    told = f"{summary.shards} of {len(mine)} shards done: {summary.articles} articles, "
    told += f"{summary.claims} claims, {summary.errors} errors; in {options.output}"
    if summary.errors:
        whole = (options.output / ERRORS_FILE).is_file()
        told += f"; what failed is in {options.output / (ERRORS_FILE if whole else ERRORS)}"
    progress.say(told)
    return summary


def _engine(options: argparse.Namespace) -> Callable[..., Summary]:
    """What does the shards; what it lacks is told before the inputs are read."""
    if options.engine == "local":
        return partial(run_local, workers=options.workers or 1)
    from extractor.batch.ray_cluster import check_ray
    from extractor.batch.ray_engine import run_ray

    check_ray(options.device)
    return partial(run_ray, address=options.ray_address, in_flight=options.workers)


def _device(options: argparse.Namespace) -> str:
    """The device by its name: with `auto` in the plan, machines could mix their outputs."""
    from extractor.pipeline.core import CUES

    if options.device != "auto":
        return str(options.device)
    if options.engine == "ray" or options.model == CUES:
        return "cpu"
    from extractor.model.device import pick_device

    return pick_device("auto")


def _mine(plan: Plan, index: int, count: int) -> list[int]:
    if not 0 <= index < count:
        raise InputError(f"--shard-index {index}: not below --num-shards {count}, from 0.")
    return list(range(index, len(plan.shards), count))


def _own(output: Path, path: Path) -> bool:
    """Whether a file is where runs write: a pattern or list finds it once there is a run."""
    path = path.resolve()
    if not path.is_relative_to(output):
        return False
    return path.relative_to(output).parts[0] in (*FORMATS, ERRORS, DONE, PLAN, ERRORS_FILE)


def _check_apart(inputs: Iterable[str], plan: Plan, output: Path) -> None:
    """Outputs that lie among the inputs would be read as articles by the next run."""
    output = output.resolve()
    folders = [name for name in inputs if Path(name).is_dir()]
    within = next((n for n in folders if output.is_relative_to(Path(n).resolve())), None)
    if within is not None:
        raise InputError(f"{output}: lies in the input {within}. Give a folder outside of it.")
    for one in plan.inputs:
        if Path(one.path).resolve().is_relative_to(output):
            raise InputError(f"{one.path}: an input in the output folder. Give another folder.")


def check(folder: Path) -> bool:
    """Tells on stdout whether a run's outputs are whole; True where they are."""
    verdict = verify(folder)
    done = verdict.shards - len(verdict.missing)
    print(
        f"{folder}: {done} of {verdict.shards} shards done: {verdict.articles} articles, "
        f"{verdict.claims} claims, {verdict.errors} errors"
    )
    _list("not done; run the same command again", [part_name(n) for n in verdict.missing])
    _list("not of this run, or not finished", verdict.foreign)
    for told in verdict.broken:
        print(f"  {told}")
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
            precision=options.precision, language=options.lang, text_field=options.text_field,
            copies=options.copies, repeats=options.repeats, batch_size=options.batch_size,
            threads=options.threads, peers=options.peers,
        )
    )  # fmt: skip
    print_report(report)
    if target is not None:
        try:
            write_text(target, [json.dumps(report, indent=1, ensure_ascii=False), "\n"])
        except OSError as error:
            raise InputError(f"{target}: cannot be written: {error.strerror}.") from error
    return sum(run["errors"] for run in report["runs"].values())


def _list(told: str, names: list[str]) -> None:
    if names:
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        print(f"  {', '.join(names[:_NAMED])}{more}: {told}")
