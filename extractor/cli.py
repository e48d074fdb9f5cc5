"""The command line. Data on stdout, everything else on stderr.

Exit codes: 0 done, 1 failed, 2 usage, 3 done with articles quarantined, 130
interrupted.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from extractor.arguments import amount, command, count, positive, probability
from extractor.errors import ExtractorError, FormatError, InputError
from extractor.pipeline.records import DEFAULT_ZONES
from extractor.taxonomy import BLOCK_KINDS, LANGUAGES
from extractor.train.cli import add_training

if TYPE_CHECKING:
    from extractor.pipeline.core import Extractor
    from extractor.schema import Article, Record

OK, FAILED, USAGE, QUARANTINED, INTERRUPTED = 0, 1, 2, 3, 130
FORMATS = ("table", "jsonl", "csv", "parquet")

_EPILOG = """examples:
  extractor extract article.html
  extractor extract news/ --to parquet -o claims.parquet
  cat article.txt | extractor extract - --lang fr --to csv > claims.csv
  extractor show article.txt
  extractor evaluate annotations/real/fr-test.txt --model cues

exit codes: 0 done, 1 failed, 2 usage, 3 done with articles quarantined, 130 interrupted
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command and returns its exit code."""
    options = build_parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except ExtractorError as error:
        _tell(options, str(error))
        return FAILED
    except BrokenPipeError:
        # The reader has gone (`| head`): no traceback at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except KeyboardInterrupt:
        _tell(options, "interrupted")
        return INTERRUPTED


def _tell(options: argparse.Namespace, message: str) -> None:
    if getattr(options, "log_format", "text") == "json":
        import json

        message = json.dumps({"message": message})
    else:
        message = f"extractor: {message}"
    print(message, file=sys.stderr)


def build_parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
    parser = argparse.ArgumentParser(
        prog="extractor",
        description="Multilingual articles to structured, grounded, checkable monetary claims.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    _add_extract(commands)
    _add_show(commands)
    _add_batch(commands)
    _add_bench(commands)
    _add_plain(commands)
    add_training(commands)
    return parser


def _add_model(added: Any) -> None:
    added.add_argument("--model", help="folder of a bundle, or 'cues' (default: the one shipped)")
    added.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:N")
    added.add_argument("--precision", default="auto", choices=("auto", "bf16", "int8", "float32"),
                       help="of the network (default: what the device is fast with)")  # fmt: skip
    added.add_argument("--lang", choices=LANGUAGES, help="skip language detection")
    added.add_argument("--text-field", help="field of the text in JSONL, CSV and Parquet")


def _add_extract(commands: Any) -> None:
    added = command(
        commands, "extract", run_extract, "claims of articles, one record a claim",
        "extractor extract article.txt", "extractor extract news.jsonl --to csv -o claims.csv",
        "extractor extract - --min-score 0.6 < article.txt",
    )  # fmt: skip
    added.add_argument("inputs", nargs="+", metavar="FILE", help="file, directory or - for stdin")
    added.add_argument("--to", choices=FORMATS, help="default: table on a terminal, else jsonl")
    added.add_argument("-o", "--output", type=Path, help="file to write (default: stdout)")
    added.add_argument("--scope", choices=("claims", "all"), default="claims")
    added.add_argument("--min-score", type=probability, default=0.0, metavar="P")
    added.add_argument("--zones", type=_zones, default=DEFAULT_ZONES,
                       help="kinds of block, comma-separated, or 'all'")  # fmt: skip
    added.add_argument("--limit", type=count, metavar="N", help="read N articles only")
    added.add_argument("--csv-raw", action="store_true", help="no guard against formulas")
    added.add_argument("--quiet", action="store_true", help="no summary on stderr")
    _add_model(added)


def _add_show(commands: Any) -> None:
    added = command(
        commands, "show", run_show, "the text of an article with its claims highlighted",
        "extractor show article.txt", "extractor show article.html --model cues",
    )  # fmt: skip
    added.add_argument("inputs", nargs="+", metavar="FILE", help="file, directory or - for stdin")
    added.add_argument("--limit", type=count, metavar="N", help="show N articles only")
    _add_model(added)


def _add_batch(commands: Any) -> None:
    added = command(
        commands, "run", run_run, "claims of a large batch, in shards that can be resumed",
        "extractor run news/ claims/ --to parquet,jsonl --workers 4",
        "extractor run 'dumps/*.jsonl' claims/ --shard-index 0 --num-shards 8",
        "extractor run news/ /shared/claims --engine ray --ray-address head:6379",
        "extractor run @list.txt claims/ --dry-run",
    )  # fmt: skip
    added.add_argument("inputs", nargs="+", metavar="INPUT",
                       help="file, directory, pattern, or @FILE that lists them")  # fmt: skip
    added.add_argument("output", type=Path, metavar="OUT",
                       help="folder that all machines see; a run in it is resumed")  # fmt: skip
    added.add_argument("--to", type=_formats, default=("jsonl",), metavar="FORMATS",
                       help="comma-separated, of jsonl,csv,parquet")  # fmt: skip
    added.add_argument("--scope", choices=("claims", "all"), default="claims")
    added.add_argument("--min-score", type=probability, default=0.0, metavar="P")
    added.add_argument("--zones", type=_zones, default=DEFAULT_ZONES)
    added.add_argument("--engine", choices=("local", "ray"), default="local")
    added.add_argument("--ray-address", default="auto", metavar="HOST:PORT",
                       help="of a Ray cluster (default: the one of this machine)")  # fmt: skip
    added.add_argument("--workers", type=positive, metavar="N",
                       help="processes, or most tasks of Ray at a time (default: 1, or two for "
                            "each that the cluster can run)")  # fmt: skip
    added.add_argument("--threads", type=positive, default=1, metavar="N", help="of each worker")
    added.add_argument("--batch-size", type=positive, default=64, metavar="N", help="articles")
    added.add_argument("--shard-mb", type=amount, default=1.0, metavar="MB", help="input a shard")
    added.add_argument("--shard-index", type=count, default=0, metavar="I")
    added.add_argument("--num-shards", type=positive, default=1, metavar="N",
                       help="machines: this one does every N-th shard, from I")  # fmt: skip
    added.add_argument("--max-errors", type=count, metavar="N", help="stop when more fail")
    added.add_argument("--stall-s", type=amount, metavar="S",
                       help="seconds without a word after which a worker is replaced "
                            "(default: 3600)")  # fmt: skip
    added.add_argument("--dry-run", action="store_true", help="plan only, write nothing")
    added.add_argument("--log-format", choices=("text", "json"), default="text")
    added.add_argument("--quiet", action="store_true", help="no progress on stderr")
    _add_model(added)
    added = command(commands, "verify", run_verify, "rehash the outputs of a run",
                     "extractor verify claims/")  # fmt: skip
    added.add_argument("output", type=Path, metavar="OUT")


def _add_bench(commands: Any) -> None:
    added = command(
        commands, "bench", run_bench, "how fast it runs here, stage by stage, and beside others",
        "extractor bench --peers --json bench.json", "extractor bench news/ --model cues",
    )  # fmt: skip
    added.add_argument("inputs", nargs="*", metavar="INPUT", help="as of 'run' (default: the "
                       "article in the corpus folder)")  # fmt: skip
    added.add_argument("--json", type=Path, metavar="FILE", help="write all figures here")
    added.add_argument("--peers", action="store_true", help="time spaCy and a plain pipeline too")
    added.add_argument("--copies", type=positive, default=4, metavar="N", help="of that article")
    added.add_argument("--repeats", type=positive, default=3, metavar="N", help="timed runs")
    added.add_argument("--batch-size", type=positive, default=64, metavar="N", help="articles")
    added.add_argument("--threads", type=positive, metavar="N", help="of torch")
    _add_model(added)


def _add_plain(commands: Any) -> None:
    command(commands, "schema", run_schema, "the JSON Schema of a record",
             "extractor schema > record.schema.json")  # fmt: skip
    added = command(commands, "doctor", run_doctor, "versions, device, model and checks",
                     "extractor doctor")  # fmt: skip
    added.add_argument("--model")


def _formats(text: str) -> tuple[str, ...]:
    names, known = text.split(","), FORMATS[1:]
    unknown = [name for name in names if name not in known]
    if unknown:
        raise argparse.ArgumentTypeError(f"'{unknown[0]}' is none of {', '.join(known)}")
    return tuple(name for name in known if name in names)  # in whatever order: the same run


def _zones(text: str) -> tuple[str, ...]:
    names = BLOCK_KINDS if text == "all" else tuple(text.split(","))
    unknown = [name for name in names if name not in BLOCK_KINDS]
    if unknown:
        raise argparse.ArgumentTypeError(f"'{unknown[0]}' is none of {', '.join(BLOCK_KINDS)}, all")
    return tuple(kind for kind in BLOCK_KINDS if kind in names)


class _Quarantine:
    """Counts and tells the inputs that could not be read and the claims that found no room."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, error: InputError | FormatError) -> None:
        self.count += 1
        print(f"extractor: quarantined: {error}", file=sys.stderr)


def _articles(options: argparse.Namespace, quarantine: _Quarantine) -> Iterator[Article]:
    from itertools import islice

    from extractor.formats.readers import read_articles

    def every() -> Iterator[Article]:
        for path in options.inputs:
            try:
                yield from read_articles(path, text_field=options.text_field, on_error=quarantine)
            except InputError as error:
                quarantine(error)

    return islice(every(), options.limit)


def _load(options: argparse.Namespace, scope: str = "claims") -> Extractor:
    from extractor.pipeline.core import load

    return load(
        options.model, device=options.device, precision=options.precision, scope=scope,
        language=getattr(options, "lang", None),
    )  # fmt: skip


def run_extract(options: argparse.Namespace) -> int:
    """`extractor extract`."""
    from extractor.pipeline.records import records

    wanted = options.to or ("table" if sys.stdout.isatty() and not options.output else "jsonl")
    quarantine = _Quarantine()
    extractor = _load(options, options.scope)
    counts: Counter[str] = Counter()

    def rows() -> Iterator[Record]:
        for extraction in extractor.stream(_articles(options, quarantine), on_error=quarantine):
            counts["articles"] += 1
            counts["left out"] += len(extraction.claims)
            for record in records(extraction, zones=options.zones, min_score=options.min_score):
                counts.update({"claims": 1, "left out": -1})
                yield record

    if wanted == "table":
        _print_table(rows())
    else:
        lost = _write(rows(), wanted, options, quarantine)
        counts["claims"] -= lost
    if not options.quiet:
        told = f"{counts['articles']} articles, {counts['claims']} claims"
        if counts["left out"]:
            told += f" ({counts['left out']} more left out by zone or score)"
        told += f", {quarantine.count} quarantined"
        print(f"extractor: {told}; model {extractor.model_id}", file=sys.stderr)
    return QUARANTINED if quarantine.count else OK


def _write(
    rows: Iterable[Record], fmt: str, options: argparse.Namespace, quarantine: _Quarantine
) -> int:
    """Writes records; returns how many the format could not hold, each of them told."""
    from extractor.formats.writers import open_writer

    lost = 0
    keywords = {"raw": True} if options.csv_raw and fmt == "csv" else {}
    with open_writer(fmt, options.output, **keywords) as writer:
        for record in rows:
            try:
                writer.write(record)
            except FormatError as error:
                lost += 1
                quarantine(FormatError(f"{record.article_id}: {error}"))
    return lost


def _print_table(rows: Iterable[Record]) -> None:
    from extractor.pipeline.terminal import print_table

    print_table(rows)


def run_show(options: argparse.Namespace) -> int:
    """`extractor show`."""
    from extractor.pipeline.terminal import print_text

    quarantine = _Quarantine()
    extractor = _load(options)
    for extraction in extractor.stream(_articles(options, quarantine), on_error=quarantine):
        print_text(extraction)
    return QUARANTINED if quarantine.count else OK


def run_run(options: argparse.Namespace) -> int:
    """`extractor run`."""
    from extractor.batch.command import run

    summary = run(options)
    if summary.interrupted:
        return INTERRUPTED
    return QUARANTINED if summary.errors else OK


def run_verify(options: argparse.Namespace) -> int:
    """`extractor verify`."""
    from extractor.batch.command import check

    return OK if check(options.output) else FAILED


def run_bench(options: argparse.Namespace) -> int:
    """`extractor bench`."""
    from extractor.batch.command import measure

    return QUARANTINED if measure(options) else OK


def run_schema(_: argparse.Namespace) -> int:
    """`extractor schema`."""
    import json

    from extractor.formats.jsonschema import record_schema

    print(json.dumps(record_schema(), indent=2, ensure_ascii=False))
    return OK


def run_doctor(options: argparse.Namespace) -> int:
    """`extractor doctor`."""
    from extractor.pipeline.doctor import examine

    return OK if examine(options.model) else FAILED


if __name__ == "__main__":
    raise SystemExit(main())
