"""`extractor verify` tells what is changed, gone, not done, or of something else."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from extractor.batch.command import check
from extractor.batch.verify import verify
from extractor.cli import main
from extractor.errors import InputError

PART, MARK = "jsonl/part-00001.jsonl", "done/part-00001.json"


@pytest.fixture
def whole(source: Path, undisturbed: dict[str, bytes], tmp_path: Path) -> Path:
    """A copy of an undisturbed run."""
    return Path(shutil.copytree(source / "undisturbed", tmp_path / "out"))


def change_a_byte(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def test_a_whole_run(whole: Path, capsys: pytest.CaptureFixture[str]) -> None:
    verdict = verify(whole)
    assert verdict.whole
    assert verdict.shards == len(list((whole / "done").iterdir())) > 10
    assert verdict.errors == 3
    assert main(["verify", str(whole)]) == 0
    assert f"{verdict.claims} claims, 3 errors" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        (lambda out: change_a_byte(out / PART), f"{PART}: changed since it was written; delete"),
        (lambda out: (out / PART).write_bytes(b""), f"{PART}: changed since it was written"),
        (lambda out: (out / PART).unlink(), f"{PART}: gone; delete {MARK}, then run the same"),
        (lambda out: (out / MARK).unlink(), "part-00001: not done; run the same command again"),
        (lambda out: (out / MARK).write_text("{"), "part-00001: not done"),
        (lambda out: (out / "errors.jsonl").unlink(), "errors.jsonl: gone or changed"),
        (lambda out: change_a_byte(out / "errors.jsonl"), "errors.jsonl: gone or changed"),
        (lambda out: (out / "jsonl/.part-00001.jsonl.7.tmp").touch(), "1.jsonl.7.tmp: not of this"),
        (lambda out: (out / "jsonl/part-99999.jsonl").touch(), "jsonl/part-99999.jsonl: not of"),
        (lambda out: (out / ".plan.00.tmp").touch(), ".plan.00.tmp: not of"),
    ],
)  # fmt: skip
def test_what_is_not_whole_is_told(
    whole: Path, capsys: pytest.CaptureFixture[str], harm: Callable[[Path], object], told: str
) -> None:
    harm(whole)
    assert main(["verify", str(whole)]) == 1
    assert told in capsys.readouterr().out


def test_of_many_names_ten_are_told(whole: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.rmtree(whole / "done")
    assert not check(whole)
    out = capsys.readouterr().out
    assert "part-00009 and " in out
    assert "part-00010" not in out


def test_a_folder_without_a_run(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no run in it"):
        verify(tmp_path)


@pytest.mark.parametrize(
    ("place", "told"),
    [(PART, f"{PART}: cannot be read: "), ("errors.jsonl", "cannot be read: "), (MARK, MARK)],
)
def test_what_cannot_be_read_is_told(
    whole: Path, capsys: pytest.CaptureFixture[str], place: str, told: str
) -> None:
    if not Path("/proc/self/mem").exists():
        pytest.skip("no file here that is there and cannot be read")
    (whole / place).unlink()
    if place == MARK:
        (whole / place).mkdir()
    else:
        (whole / place).symlink_to("/proc/self/mem")  # there, and reading it fails
    assert main(["verify", str(whole)]) == 1
    said = capsys.readouterr()
    assert told in said.out + said.err


def test_a_file_is_no_run(tmp_path: Path) -> None:
    (tmp_path / "claims.jsonl").touch()
    with pytest.raises(InputError, match=r"claims\.jsonl: no run in it\. Give the output folder"):
        verify(tmp_path / "claims.jsonl")
