"""Plans and shards over inputs that cannot be cut: compressed rows, archives, feeds."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from extractor.batch.plan import Options, Slice, make_plan
from extractor.batch.shard import Done, part_name, run_shard
from extractor.pipeline.core import load

TEXT = "Meta a levé 27 milliards de dollars auprès de PIMCO, a annoncé mardi le groupe."
ROWS = "".join(json.dumps({"id": str(n), "text": f"{TEXT} ({n})"}) + "\n" for n in range(60))
PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "zst": zstandard.ZstdCompressor().compress,
}


def plan(path: Path):
    return make_plan([str(path)], Options(shard_bytes=1000, batch_size=8), "cues-1")


@pytest.mark.parametrize("name", ["a.jsonl.{}", "a.{}", "a.jsonl"])
@pytest.mark.parametrize("suffix", PACKERS)
def test_compressed_rows_are_one_slice(tmp_path: Path, suffix: str, name: str) -> None:
    path = tmp_path / name.format(suffix)
    path.write_bytes(PACKERS[suffix](ROWS.encode() * 50))
    assert plan(path).shards == ((Slice(path.as_posix()),),)


def test_rows_that_are_not_are_still_cut(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(ROWS, encoding="utf-8")
    cuts = plan(path).shards
    assert len(cuts) > 5
    assert [part.stop is None for (part,) in cuts] == [False] * len(cuts)


def test_a_folder_gives_the_new_kinds_and_no_other_xml(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(ROWS.encode()))
    (tmp_path / "b.warc").write_bytes(b"WARC/1.0\r\n")
    (tmp_path / "c.xml").write_text("<rss></rss>", encoding="utf-8")
    (tmp_path / "sitemap.xml").write_text("<urlset></urlset>", encoding="utf-8")
    (tmp_path / "d.tar.gz").write_bytes(gzip.compress(b"tar"))
    names = [Path(one.path).name for one in plan(tmp_path).inputs]
    assert names == ["a.jsonl.gz", "b.warc", "c.xml"]


@pytest.mark.parametrize("suffix", PACKERS)
def test_a_shard_of_them_gives_what_the_rows_unpacked_give(tmp_path: Path, suffix: str) -> None:
    extractor = load("cues")
    written = []
    for name, raw in (
        ("a.jsonl", ROWS.encode()),
        (f"b.jsonl.{suffix}", PACKERS[suffix](ROWS.encode())),
    ):
        (tmp_path / name).write_bytes(raw)
        made = plan(tmp_path / name)
        out = tmp_path / f"out-{name}"
        done = [run_shard(made, shard, out, extractor) for shard in range(len(made.shards))]
        assert sum(one.articles for one in done) == 60
        parts = [out / "jsonl" / f"{part_name(shard)}.jsonl" for shard in range(len(done))]
        written.append("".join(part.read_text(encoding="utf-8") for part in parts))
    assert written[0] == written[1] != ""


def test_a_cut_archive_costs_an_error_and_keeps_its_articles(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress(ROWS.encode())[:-10])
    done: Done = run_shard(plan(path), 0, tmp_path / "out", load("cues"))
    assert done.articles > 50
    assert done.errors == 1
    (row,) = (tmp_path / "out" / "errors" / "part-00000.jsonl").read_text().splitlines()
    assert json.loads(row)["article"] == path.as_posix()
    assert f"cut off, after {done.articles} articles, which are kept" in json.loads(row)["error"]
