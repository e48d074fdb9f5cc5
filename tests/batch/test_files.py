"""Files that are whole or not there."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from extractor.batch.files import sweep, sweep_beside, write_text
from extractor.formats.writers import OWNER, temporary_beside


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_text(path, ["one", "two"])

    def broken() -> object:
        yield "three"
        raise OSError(errno.ENOSPC, "full")

    with pytest.raises(OSError, match="full"):
        write_text(path, broken())  # type: ignore[arg-type]
    assert path.read_text(encoding="utf-8") == "onetwo"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("links", [True, False])
def test_of_two_that_claim_a_name_one_comes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool
) -> None:
    def no_link(*_: object) -> None:
        raise OSError(errno.EPERM, "no links on this file system")

    if not links:
        monkeypatch.setattr(os, "link", no_link)
    path = tmp_path / "plan.json"
    write_text(path, ["first"], replace=False)
    with pytest.raises(FileExistsError):
        write_text(path, ["second"], replace=False)
    assert path.read_text(encoding="utf-8") == "first"
    assert list(tmp_path.iterdir()) == [path]


def test_the_sweep_takes_what_is_left_of_some_shards(tmp_path: Path) -> None:
    names = (
        "jsonl/.part-00001.jsonl.77.tmp", "done/.part-00001.0a1b.tmp", "jsonl/part-00001.jsonl",
        "jsonl/.part-00002.jsonl.77.tmp", "jsonl/.part-00001x.jsonl.77.tmp", ".plan.0a1b.tmp",
    )  # fmt: skip
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    sweep(tmp_path, {1, 3})
    left = sorted(p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*") if p.is_file())
    assert left == sorted(names[2:])
    sweep_beside(tmp_path / "plan.json")
    assert not (tmp_path / ".plan.0a1b.tmp").exists()


def test_the_sweep_leaves_what_is_not_of_an_owner(tmp_path: Path) -> None:
    (tmp_path / "jsonl").mkdir()
    path = tmp_path / "jsonl" / "part-00001.jsonl"
    ours, other = temporary_beside(path), path.with_name(f".{path.name}.0a1b-{OWNER}.tmp")
    for name in (ours, other):
        name.touch()
    sweep(tmp_path, {1}, owner=OWNER)
    assert list((tmp_path / "jsonl").iterdir()) == [other]


def test_the_sweep_leaves_what_may_still_be_written(tmp_path: Path) -> None:
    (tmp_path / "jsonl").mkdir()
    new, old = (tmp_path / "jsonl" / f".part-00001.jsonl.{n}.tmp" for n in (1, 2))
    for path in (new, old):
        path.touch()
    os.utime(old, (1, 1))
    sweep(tmp_path, {1}, older_s=60)
    assert list((tmp_path / "jsonl").iterdir()) == [new]
