"""One shard: what a poison article costs, what is committed and what is not."""

from __future__ import annotations

import errno
import io
import json
import os
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from extractor.batch import shard
from extractor.batch.files import sweep
from extractor.batch.plan import Options, Plan, make_plan
from extractor.batch.progress import Progress
from extractor.batch.run import Run, RunStopped, Summary, error_rows
from extractor.batch.shard import Done, mark_path, run_shard
from extractor.errors import InputError, LexiconError
from extractor.formats import delimited, jsonl, readers, rows
from extractor.formats.rows import row_article
from extractor.formats.writers import read_records
from extractor.pipeline import core
from extractor.pipeline.core import Extractor, load

if TYPE_CHECKING:
    from extractor.model.decode import Floats
    from extractor.model.predictor import ClaimModel
    from extractor.model.windows import Window

TEXT = "Meta paid {n} million dollars to PIMCO."
EVERY = tuple(range(1, 8))
NoMemory = type("OutOfMemoryError", (RuntimeError,), {})  # torch has one of that name


@pytest.fixture
def cues() -> Extractor:
    return load("cues", language="en")


def planned(folder: Path, numbers: tuple[int, ...] = EVERY, **options: object) -> Plan:
    path = folder / "a.jsonl"
    rows = [json.dumps({"id": f"a{n}", "text": TEXT.format(n=n)}) + "\n" for n in numbers]
    path.write_text("".join(rows), encoding="utf-8")
    return make_plan([str(path)], Options(**options), "cues")  # type: ignore[arg-type]


def outputs(folder: Path) -> bytes:
    return (folder / "jsonl" / "part-00000.jsonl").read_bytes()


def errors(folder: Path) -> list[dict[str, str]]:
    path = folder / "errors" / "part-00000.jsonl"
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def poisoned(run: Callable[..., object], *names: str) -> Callable[..., object]:
    """A step that fails at the articles of some ids."""

    def step(thing: object, *rest: object, **options: object) -> object:
        things = thing if isinstance(thing, list) else [thing]
        for one in things:
            if getattr(one, "document", one).id in names:
                raise ZeroDivisionError("poison")
        return run(thing, *rest, **options)

    return step


@pytest.mark.parametrize(
    ("stage", "step"),
    [("clean", "read"), ("extract", "extract_documents"), ("write", "records")],
)
@pytest.mark.parametrize("poison", [("a3",), ("a6", "a7"), tuple(f"a{n}" for n in EVERY)])
def test_a_poison_article_costs_itself_only(
    cues: Extractor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stage: str, step: str,
    poison: tuple[str, ...],
) -> None:  # fmt: skip
    healthy = tuple(n for n in EVERY if f"a{n}" not in poison)
    run_shard(planned(tmp_path, healthy), 0, tmp_path / "healthy", cues) if healthy else None
    wanted = outputs(tmp_path / "healthy") if healthy else b""
    home: object = shard if step == "records" else cues
    monkeypatch.setattr(home, step, poisoned(getattr(home, step), *poison))
    done = run_shard(planned(tmp_path, batch_size=5), 0, tmp_path / "out", cues)
    assert outputs(tmp_path / "out") == wanted
    assert errors(tmp_path / "out") == [
        {"article": name, "stage": stage, "error": "ZeroDivisionError: poison"} for name in poison
    ]
    assert (done.claims, done.errors) == (len(healthy), len(poison))


@pytest.mark.parametrize(
    "fault",
    [
        MemoryError(),
        KeyboardInterrupt(),
        SystemExit(),
        RuntimeError("CUDA error: unspecified launch failure"),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried 8 GB"),
        NoMemory("CUDA: tried to allocate 8 GB"),
        OSError(errno.ENOSPC, "No space left on device"),
        LexiconError("fr.toml: no table"),
    ],
)
@pytest.mark.parametrize("step", ["row_article", "read", "extract_documents", "records"])
def test_a_fault_of_the_machine_quarantines_nothing(
    cues: Extractor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str,
    fault: BaseException,
) -> None:  # fmt: skip
    def fail(*_: object, **__: object) -> None:
        raise fault

    monkeypatch.setattr({"row_article": rows, "records": shard}.get(step, cues), step, fail)
    plan = planned(tmp_path)
    with pytest.raises(type(fault)):
        run_shard(plan, 0, tmp_path / "out", cues)
    assert Done.read(tmp_path / "out", plan.id, 0) is None
    assert list((tmp_path / "out").rglob("*part*")) == []


def test_a_batch_that_memory_does_not_hold_is_halved(
    cues: Extractor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, sizes = cues.extract_documents, []

    def narrow(documents: list) -> list:  # type: ignore[type-arg]
        sizes.append(len(documents))
        if len(documents) > 2:
            raise NoMemory("CUDA out of memory. Tried to allocate 8 GB")
        return whole(documents)

    monkeypatch.setattr(cues, "extract_documents", narrow)
    done = run_shard(planned(tmp_path), 0, tmp_path / "out", cues)
    assert (done.articles, done.errors) == (len(EVERY), 0)
    assert sizes == [7, 3, 1, 2, 4, 2, 2]


def poisoned_row(row: dict, *rest: object) -> object:  # type: ignore[type-arg]
    if row["id"] == "a3":
        raise ZeroDivisionError("poison")
    return row_article(row, *rest)  # type: ignore[arg-type]


def test_an_unforeseen_error_in_reading_costs_its_row_only(
    cues: Extractor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "row_article", poisoned_row)
    done = run_shard(planned(tmp_path), 0, tmp_path / "out", cues)
    assert (done.articles, done.errors) == (len(EVERY) - 1, 1)
    place = f"{tmp_path}/a.jsonl:3"
    assert errors(tmp_path / "out") == [
        {"article": place, "stage": "read", "error": f"{place}: ZeroDivisionError: poison"}
    ]


def test_an_unforeseen_error_in_the_grammar_costs_its_article_only(
    cues: Extractor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(core, "find_amounts", poisoned(core.find_amounts, "a3"))
    done = run_shard(planned(tmp_path), 0, tmp_path / "out", cues)
    assert (done.articles, done.errors) == (len(EVERY) - 1, 1)
    assert errors(tmp_path / "out") == [
        {"article": "a3", "stage": "extract", "error": "ZeroDivisionError: poison"}
    ]


def test_an_unforeseen_error_in_a_batch_of_the_model_costs_its_article_only(
    model: ClaimModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encode, sizes = model._encode, []

    def poison(windows: list[Window], tags: list[Floats]) -> object:
        sizes.append(len(windows))
        if any(window.ends.max() == len(TEXT.format(n=10)) for window in windows):
            raise IndexError("index out of range in self")
        return encode(windows, tags)

    monkeypatch.setattr(model, "_encode", poison)
    plan, extractor = planned(tmp_path, (1, 2, 10, 3, 4)), Extractor(model, language="en")
    done = run_shard(plan, 0, tmp_path / "out", extractor)
    assert sizes == [5, 2, 3, 1, 2]  # all at once, then by halves
    assert (done.articles, done.errors) == (4, 1)
    assert errors(tmp_path / "out") == [
        {"article": "a10", "stage": "extract", "error": "IndexError: index out of range in self"}
    ]


def test_a_record_that_fails_in_one_format_is_in_none(
    cues: Extractor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cell = delimited.Writer._cell

    def poison(self: delimited.Writer, value: object) -> object:
        return 1 // 0 if value == "a3" else cell(self, value)

    monkeypatch.setattr(delimited.Writer, "_cell", poison)
    plan = planned(tmp_path, formats=("jsonl", "csv", "parquet"))
    done = run_shard(plan, 0, tmp_path / "out", cues)
    assert (done.claims, done.errors) == (len(EVERY) - 1, 1)
    (row,) = errors(tmp_path / "out")
    assert (row["article"], row["stage"]) == ("a3", "write")
    assert row["error"].startswith("ZeroDivisionError: ")
    for fmt in plan.options.formats:
        found = read_records(tmp_path / "out" / fmt / f"part-00000.{fmt}")
        assert [r.article_id for r in found] == [f"a{n}" for n in EVERY if n != 3]


def test_too_many_unforeseen_errors_stop_a_run(
    cues: Extractor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(core, "find_amounts", poisoned(core.find_amounts, "a2", "a5"))
    plan, out = planned(tmp_path, batch_size=3), tmp_path / "out"
    run = Run(plan, out, deque(), Summary(), Progress(quiet=True), max_errors=1)
    with pytest.raises(RunStopped, match=r"2 articles failed.*a5: ZeroDivisionError: poison"):
        run_shard(plan, 0, out, cues, on_batch=partial(run.heard, 0))


def test_reading_that_breaks_between_rows_costs_its_file_only(
    cues: Extractor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "ab":
        lines = [json.dumps({"id": f"{name}{n}", "text": TEXT.format(n=n)}) for n in EVERY]
        (tmp_path / f"{name}.jsonl").write_text("\n".join(lines), encoding="utf-8")
    read = jsonl.lines

    def breaking(*arguments: object) -> Iterator[object]:
        for number, line in read(*arguments):  # type: ignore[arg-type]
            if "a3" in line.text:
                raise ZeroDivisionError("poison")
            yield number, line

    monkeypatch.setattr(jsonl, "lines", breaking)
    plan = make_plan([str(tmp_path / "a.jsonl"), str(tmp_path / "b.jsonl")], Options(), "cues")
    done = run_shard(plan, 0, tmp_path / "out", cues)
    assert (done.articles, done.errors) == (2 + len(EVERY), 1)
    told = "ZeroDivisionError: poison; what follows the 2 articles read from row 1 on is left out"
    assert errors(tmp_path / "out") == [
        {"article": f"{tmp_path}/a.jsonl", "stage": "read", "error": told}
    ]


class Failing(io.FileIO):
    """A file of which the disk gives two rows."""

    def readinto(self, buffer: object) -> int:
        if self.tell():
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return super().readinto(memoryview(buffer)[:140])  # type: ignore[arg-type]


def test_a_disk_that_fails_while_an_input_is_read(
    cues: Extractor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(file: io.FileIO, _: Path) -> tuple[io.BufferedReader, None]:
        return io.BufferedReader(Failing(file.fileno(), closefd=False)), None

    plan = planned(tmp_path)
    monkeypatch.setattr(readers, "unpacked", failing)
    with pytest.raises(OSError, match="Input/output error") as raised:
        run_shard(plan, 0, tmp_path / "out", cues)
    assert raised.value.filename == str(tmp_path / "a.jsonl")
    assert list((tmp_path / "out").rglob("*part*")) == []


def test_a_shard_done_again_without_errors_leaves_no_old_ones(
    cues: Extractor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan, out = planned(tmp_path), tmp_path / "out"
    with monkeypatch.context() as context:
        context.setattr(cues, "read", poisoned(cues.read, "a3"))
        assert run_shard(plan, 0, out, cues).errors == 1
    mark_path(out, 0).unlink()
    assert run_shard(plan, 0, out, cues).errors == 0
    assert list(error_rows(plan, out)) == []
    assert list((out / "errors").iterdir()) == []


def test_a_record_that_a_format_cannot_hold_is_told(cues: Extractor, tmp_path: Path) -> None:
    plan = planned(tmp_path, formats=("jsonl", "parquet"))
    read = cues.extract_documents

    def too_much(documents: list) -> list:  # type: ignore[type-arg]
        found = read(documents)
        for extraction in found:
            if extraction.document.id == "a4":
                money = extraction.mentions[1].money
                assert money is not None
                object.__setattr__(
                    extraction.mentions[1], "money", replace(money, low=Decimal(10) ** 30)
                )
        return found

    cues.extract_documents = too_much  # type: ignore[method-assign]
    done = run_shard(plan, 0, tmp_path / "out", cues)
    (row,) = errors(tmp_path / "out")
    assert (row["article"], row["stage"]) == ("a4", "write")
    assert "does not fit decimal128" in row["error"]
    assert done.claims == 6
    for fmt in ("jsonl", "parquet"):  # the same records in all
        assert len(list(read_records(tmp_path / "out" / fmt / f"part-00000.{fmt}"))) == 6


def test_all_errors_are_reported_as_they_come(cues: Extractor, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    rows = ["{", json.dumps({"text": TEXT}), "[]", "null"]  # two of them after the last article
    path.write_text("\n".join(rows), encoding="utf-8")
    told: list[tuple[int, int]] = []
    plan = make_plan([str(path)], Options(), "cues")
    done = run_shard(plan, 0, tmp_path / "out", cues, on_batch=lambda a, e, _: told.append((a, e)))
    assert told[-1] == (1, 3) == (done.articles, done.errors)
    assert [row["article"] for row in errors(tmp_path / "out")] == [
        f"{path}:{n}" for n in (1, 3, 4)
    ]
    assert {row["stage"] for row in errors(tmp_path / "out")} == {"read"}


def test_rows_without_an_article_are_told_as_they_come(cues: Extractor, tmp_path: Path) -> None:
    path, told = tmp_path / "a: b.jsonl", []
    path.write_text("{\n" * 200, encoding="utf-8")
    plan = make_plan([str(path)], Options(batch_size=64), "cues")
    run_shard(plan, 0, tmp_path / "out", cues, on_batch=lambda *said: told.append(said))
    assert [said[:2] for said in told] == [(0, 64), (0, 128), (0, 192), (0, 200)]
    assert [row["article"] for row in errors(tmp_path / "out")] == [
        f"{path}:{n}" for n in range(1, 201)
    ]
    for line in (198, 199, 200):
        assert f"{path}:{line}: not JSON" in told[-1][2]
    assert f"{path}:197: " not in told[-1][2]


def test_a_changed_input_is_told_before_its_errors(cues: Extractor, tmp_path: Path) -> None:
    plan, told = planned(tmp_path), []
    (tmp_path / "a.jsonl").write_text("{\n" * 9, encoding="utf-8")
    with pytest.raises(InputError, match="bytes when the run was planned"):
        run_shard(plan, 0, tmp_path / "out", cues, on_batch=lambda *said: told.append(said))
    assert told == []


def test_a_shard_that_another_process_did_meanwhile(cues: Extractor, tmp_path: Path) -> None:
    plan, out = planned(tmp_path), tmp_path / "out"

    def meanwhile(*_: object) -> None:
        if Done.read(out, plan.id, 0) is None:
            run_shard(plan, 0, out, cues)
            sweep(out, {0})

    done = run_shard(plan, 0, out, cues, on_batch=meanwhile)
    assert done == Done.read(out, plan.id, 0)
    assert done.articles == len(EVERY)


def test_an_input_that_is_edited_at_the_same_size(cues: Extractor, tmp_path: Path) -> None:
    plan, path, out = planned(tmp_path), tmp_path / "a.jsonl", tmp_path / "out"
    before = path.stat()

    def edit(*_: object) -> None:
        text = path.read_text("utf-8")
        path.write_text(text.replace("Meta paid 3", "Meta paid 9"), encoding="utf-8")
        os.utime(path, ns=(1, before.st_mtime_ns + 1))

    with pytest.raises(InputError, match=r"a\.jsonl: had \d+ bytes .* and now has others"):
        run_shard(plan, 0, out, cues, on_batch=edit)
    assert list(out.rglob("*part*")) == []
    planned(tmp_path)  # as it was, but written later
    os.utime(path, ns=(1, before.st_mtime_ns + 2))
    assert make_plan([str(path)], Options(), "cues").id == plan.id
    assert run_shard(plan, 0, out, cues).articles == len(EVERY)


@pytest.mark.parametrize("what", ["longer", "gone"])
def test_an_input_that_changed_since_stops_the_shard(
    cues: Extractor, tmp_path: Path, what: str
) -> None:
    plan = planned(tmp_path)
    path = tmp_path / "a.jsonl"
    path.unlink() if what == "gone" else path.write_text(path.read_text() + "\n")
    with pytest.raises(InputError, match=r"a\.jsonl: had \d+ bytes when the run was planned"):
        run_shard(plan, 0, tmp_path / "out", cues)
    assert list((tmp_path / "out").rglob("*part*")) == []


def test_a_name_that_is_no_unicode(cues: Extractor, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    try:
        (folder / "caf\udce9.jsonl").write_text("{", encoding="utf-8")
    except (OSError, UnicodeEncodeError):
        pytest.skip("no such names on this file system")
    plan = make_plan([str(folder)], Options(), "cues")
    (tmp_path / "plan.json").write_text(plan.to_json(), encoding="utf-8")
    assert Plan.read(tmp_path) == plan
    run_shard(plan, 0, tmp_path / "out", cues)
    assert errors(tmp_path / "out")[0]["article"] == f"{folder}/caf\ufffd.jsonl:1"
