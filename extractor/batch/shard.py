"""One shard: read, extracted, written under temporary names, committed by renaming.

OUT/plan.json               what is done here
OUT/jsonl/part-00007.jsonl  one folder a format
OUT/errors/part-00007.jsonl {article, stage, error}, where a shard has any
OUT/done/part-00007.json    counts and hashes; written last: with it the shard is done
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from functools import lru_cache, partial
from itertools import islice
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING

from extractor.batch.files import file_hash, part_name, sync_folder, write_text
from extractor.batch.plan import Plan
from extractor.batch.quarantine import Failure, Quarantine, extract_batch
from extractor.errors import InputError, of_machine
from extractor.formats.flat import RecordWriter
from extractor.formats.readers import read_slice
from extractor.formats.writers import open_writer
from extractor.pipeline.records import records
from extractor.schema import Article, Extraction

if TYPE_CHECKING:
    from extractor.pipeline.core import Extractor

DONE, ERRORS = "done", "errors"
_HELD_BYTES = 1 << 20  # of errors, before they go to a file


@dataclass(slots=True)
class Done:
    """What a shard gave.

    Attributes:
        files: Path under the output folder to `[bytes, sha256]`.
    """

    shard: int
    run: str
    articles: int = 0
    claims: int = 0
    errors: int = 0
    files: dict[str, tuple[int, str]] = field(default_factory=dict)

    @classmethod
    def read(cls, folder: Path, run: str, shard: int) -> Done | None:
        """The mark of a shard that is done; None where there is none of this run."""
        try:
            data = json.loads(mark_path(folder, shard).read_text(encoding="utf-8"))
            done = cls(**data)
        except (FileNotFoundError, ValueError, TypeError):
            return None
        return done if done.run == run else None


def mark_path(folder: Path, shard: int) -> Path:
    """Of the file that says that a shard is done."""
    return folder / DONE / f"{part_name(shard)}.json"


def errors_path(folder: Path, shard: int) -> Path:
    """Of the articles of a shard that failed; there only where some did."""
    return folder / ERRORS / f"{part_name(shard)}.jsonl"


def output_path(folder: Path, fmt: str, shard: int) -> Path:
    """Of the records of a shard in a format."""
    return folder / fmt / f"{part_name(shard)}.{fmt}"


def run_shard(
    plan: Plan,
    shard: int,
    folder: Path,
    extractor: Extractor,
    *,
    on_batch: Callable[[int, int, str], None] = lambda articles, errors, reasons: None,
) -> Done:
    """Runs a shard unless it is done.

    Args:
        folder: Of the run; holds or will hold the outputs.
        on_batch: Called after each batch of articles or errors, with the articles and
            errors of the shard so far and why the last few failed.

    Raises:
        InputError: An input is not what was planned; nothing of the shard is committed.
        OSError: An input cannot be read or the output written; nothing of the shard is
            committed.
    """
    done = Done.read(folder, plan.id, shard)
    if done is not None:
        return done
    try:
        return _run(plan, shard, folder, extractor, on_batch)
    except FileNotFoundError:
        done = Done.read(folder, plan.id, shard)
        if done is None:
            raise
        return done  # by another process, which then swept our files away


def _run(
    plan: Plan, shard: int, folder: Path, extractor: Extractor,
    on_batch: Callable[[int, int, str], None],
) -> Done:  # fmt: skip
    for name in (*plan.options.formats, ERRORS, DONE):
        (folder / name).mkdir(parents=True, exist_ok=True)
    done = Done(shard, plan.id)

    def take(failure: Failure) -> None:
        errors.write(failure.to_json())
        if quarantine.count % plan.options.batch_size == 0:
            tell()  # where no article is, there is no batch

    def tell() -> None:
        on_batch(done.articles, quarantine.count, quarantine.reasons)

    quarantine = Quarantine(take)
    paths = [output_path(folder, fmt, shard) for fmt in plan.options.formats]
    with SpooledTemporaryFile(_HELD_BYTES, "w+", encoding="utf-8", newline="") as errors:
        with ExitStack() as stack:
            writers = [
                stack.enter_context(open_writer(fmt, path))
                for fmt, path in zip(plan.options.formats, paths, strict=True)
            ]
            for extractions in _batches(plan, shard, extractor, quarantine):
                with extractor.timer("write"):
                    for extraction in extractions:
                        done.claims += _write(extraction, plan, writers, quarantine)
                done.articles += len(extractions)
                tell()
            _check_inputs(plan, shard)
            tell()  # with rows after the last article
        done.errors = quarantine.count
        if done.errors:
            errors.seek(0)
            write_text(errors_path(folder, shard), errors)
            paths.append(errors_path(folder, shard))
        else:
            errors_path(folder, shard).unlink(missing_ok=True)  # of an attempt without a mark
    _commit(done, folder, paths)
    return done


def _batches(
    plan: Plan, shard: int, extractor: Extractor, quarantine: Quarantine
) -> Iterator[list[Extraction]]:
    source = _articles(plan, shard, quarantine)
    while True:
        with extractor.timer("read"):
            batch = list(islice(source, plan.options.batch_size))
        if not batch:
            return
        yield extract_batch(batch, extractor, quarantine)


def _commit(done: Done, folder: Path, paths: list[Path]) -> None:
    for path in paths:
        sync_folder(path.parent)  # before the mark that vouches for them
    done.files = {p.relative_to(folder).as_posix(): file_hash(p) for p in paths}
    write_text(mark_path(folder, done.shard), [json.dumps(asdict(done), indent=1), "\n"])


def _check_inputs(plan: Plan, shard: int) -> None:
    for path in dict.fromkeys(part.path for part in plan.shards[shard]):
        planned = plan.by_path[path]
        if not planned.sha256:
            continue  # it could not be read then, and its errors say what came of it
        stat = Path(path).stat() if Path(path).exists() else None
        if stat is None or stat.st_size != planned.size_bytes:
            now = "is gone" if stat is None else f"has {stat.st_size}"
        elif (
            stat.st_mtime_ns != planned.mtime_ns and _hash(path, stat.st_mtime_ns) != planned.sha256
        ):
            now = "has others"
        else:
            continue
        raise InputError(
            f"{path}: had {planned.size_bytes} bytes when the run was planned and now {now}. "
            "Put it back as it was, or give another output folder"
        )


@lru_cache
def _hash(path: str, mtime_ns: int) -> str:
    """Of a file as it was written then; its other shards will ask again."""
    return file_hash(Path(path))[1]


def _articles(plan: Plan, shard: int, quarantine: Quarantine) -> Iterator[Article]:
    """The articles of a shard; a part that reading breaks at is taken in, the others go on.

    Raises:
        InputError: A file of the plan is gone or changed.
        OSError: A file of the plan cannot be read.
    """
    for part in plan.shards[shard]:
        count = 0
        source = read_slice(
            part.path, part.start, part.stop, part.first, text_field=plan.options.text_field,
            on_error=partial(quarantine.unread, part.path),
            readable=bool(plan.by_path[part.path].sha256),
        )  # fmt: skip
        try:
            for article in source:
                count += 1
                yield article
        except OSError:
            _check_inputs(plan, shard)
            raise
        except Exception as error:
            if of_machine(error):
                raise
            lost = f"; what follows the {count} articles read from row {part.first} on is left out"
            quarantine.add(part.path, "read", error, lost)


def _write(
    extraction: Extraction, plan: Plan, writers: list[RecordWriter], quarantine: Quarantine
) -> int:
    options, count = plan.options, 0
    article, rows = extraction.document.id, []
    with quarantine.guard(article, "write"):
        rows = list(records(extraction, zones=options.zones, min_score=options.min_score))
    for record in rows:
        made = []
        with quarantine.guard(article, "write"):
            # Before any is written: what one format cannot hold, no other is to have alone.
            made = [(writer, writer.row(record)) for writer in writers]
        for writer, row in made:
            writer.add(row)
        count += bool(made)
    return count
