"""One shard: what a poison article costs, what is committed and what is not."""

from __future__ import annotations

import errno
import io
import json
import os
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from extractor.batch.files import sweep
from extractor.batch.plan import Options, Plan, make_plan
from extractor.batch.run import error_rows
from extractor.batch.shard import Done, mark_path, run_shard
from extractor.errors import InputError, LexiconError
from extractor.formats import readers, rows
from extractor.formats.writers import read_records
from extractor.pipeline.core import Extractor, load

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
    home: object = cues
    if step == "records":
        import extractor.batch.shard as home  # type: ignore[no-redef]
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
        RuntimeError("CUDA error: unspecified launch failure"),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried 8 GB"),
        NoMemory("CUDA: tried to allocate 8 GB"),
        OSError(errno.ENOSPC, "No space left on device"),
        LexiconError("fr.toml: no table"),
    ],
)
@pytest.mark.parametrize("step", ["read", "extract_documents"])
def test_a_fault_of_the_machine_quarantines_nothing(
    cues: Extractor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, fault: Exception
) -> None:
    def fail(_: object) -> None:
        raise fault

    monkeypatch.setattr(cues, step, fail)
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


def test_reading_that_breaks_in_an_unforeseen_way_costs_its_file_only(
    cues: Extractor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "ab":
        lines = [json.dumps({"id": f"{name}{n}", "text": TEXT.format(n=n)}) for n in EVERY]
        (tmp_path / f"{name}.jsonl").write_text("\n".join(lines), encoding="utf-8")
    read = rows.row_article

    def poison(row: dict, *rest: object) -> object:  # type: ignore[type-arg]
        if row["id"] == "a3":
            raise ZeroDivisionError("poison")
        return read(row, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(rows, "row_article", poison)
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
