"""Compressed files of every text format: streamed, limited, cut off, damaged."""

from __future__ import annotations

import gzip
import io
import json
import random
import tracemalloc
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from extractor.formats import compressed, read_articles
from extractor.formats.compressed import BrokenStream, Unpacked
from extractor.formats.media import compression_of, sniff, suffixes_of

TEXT = "Meta a levé 27 milliards de dollars – c’est écrit."
zstd = zstandard.ZstdCompressor(write_checksum=True).compress
PACKERS = {"gz": gzip.compress, "zst": zstd}
CODECS = {"gz": "gzip", "zst": "zstd"}
both = pytest.mark.parametrize("suffix", PACKERS)


def rows(count: int) -> bytes:
    """JSON Lines that do not pack too well."""
    dice = random.Random(1)
    made = (json.dumps({"text": f"{TEXT} {dice.random()}", "id": i}) for i in range(count))
    return "\n".join(made).encode() + b"\n"


CONTENTS = {
    "a.txt": TEXT,
    "a.md": f"# Titre\n{TEXT}",
    "a.html": f"<html><p>{TEXT}</p></html>",
    "a.jsonl": json.dumps({"text": TEXT}) + "\n",
    "a.csv": f'text,id\n"{TEXT}",7\n',
    "a.rss": f'<rss version="2.0"><channel><item><title>{TEXT}</title></item></channel></rss>',
    "a.xml": f'<rss version="2.0"><channel><item><title>{TEXT}</title></item></channel></rss>',
}


@both
@pytest.mark.parametrize("name", CONTENTS)
def test_reads_as_the_same_file_unpacked(read, suffix: str, name: str) -> None:
    (plain,), _ = read(name, CONTENTS[name])
    (packed,), errors = read(f"{name}.{suffix}", PACKERS[suffix](CONTENTS[name].encode()))
    assert errors == []
    assert (packed.body, packed.title, packed.media_type) == (
        plain.body, plain.title, plain.media_type,
    )  # fmt: skip
    assert packed.id.replace(f".{suffix}", "") == plain.id


@both
@pytest.mark.parametrize("name", ["news", "news.{}", "news.jsonl"])
def test_without_a_telling_suffix_the_bytes_tell(read, suffix: str, name: str) -> None:
    articles, errors = read(name.format(suffix), PACKERS[suffix](rows(3)))
    assert (len(articles), errors) == (3, [])


@both
def test_stdin(monkeypatch: pytest.MonkeyPatch, suffix: str) -> None:
    raw = PACKERS[suffix](rows(3))
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(raw)))
    assert len(list(read_articles("-"))) == 3


@both
def test_members_and_frames_follow_each_other(read, suffix: str) -> None:
    pack = PACKERS[suffix]
    raw = pack(rows(2)) + pack(b"") + pack(rows(3)) + bytes(1000)
    articles, errors = read(f"a.jsonl.{suffix}", raw)
    assert (len(articles), errors) == (5, [])


def test_a_skippable_frame_is_passed_over(read) -> None:
    frame = b"\x50\x2a\x4d\x18" + (4).to_bytes(4, "little") + b"abcd"
    assert len(read("a.jsonl.zst", frame + zstd(rows(2)) + frame)[0]) == 2


# Cut off and damaged


@both
@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 0.9999])
def test_cut_off_is_told_and_what_was_read_is_kept(read, suffix: str, share: float) -> None:
    raw = PACKERS[suffix](rows(5000))
    articles, (message,) = read(f"a.jsonl.{suffix}", raw[: int(len(raw) * share)])
    assert [a.id for a in articles] == [str(i) for i in range(len(articles))]
    # A block of zstd is up to 128 KB of text.
    assert abs(len(articles) - share * 5000) <= (1500 if suffix == "zst" else 50)
    told = f"{CODECS[suffix]} data that is cut off, after {len(articles)} articles"
    assert message.startswith(f": {told}")
    assert ("which are kept" in message) == bool(articles)


@both
def test_the_last_row_is_not_kept_if_it_is_cut(read, suffix: str) -> None:
    head, last = rows(2), b'{"text": "half"}'
    raw = PACKERS[suffix](head) + PACKERS[suffix](last)[:-1]
    assert len(read(f"a.jsonl.{suffix}", raw)[0]) == 2
    raw = PACKERS[suffix](b"text\nun\n") + PACKERS[suffix](b'"half')[:-1]
    assert [a.body for a in read(f"a.csv.{suffix}", raw)[0]] == ["un"]


@both
def test_damage_is_told(read, suffix: str) -> None:
    raw = bytearray(PACKERS[suffix](rows(2000)))
    raw[-8] ^= 0xFF  # of the checksum, which comes last
    raw[-3] ^= 0xFF
    articles, (message,) = read(f"a.jsonl.{suffix}", bytes(raw))
    assert len(articles) > (1000 if suffix == "zst" else 1900)
    assert f"{CODECS[suffix]} data that is damaged (" in message
    assert "may be damaged too" in message


@both
@pytest.mark.parametrize("raw", [b"{}", TEXT.encode() * 100])
def test_a_suffix_that_lies(read, suffix: str, raw: bytes) -> None:
    articles, (message,) = read(f"a.jsonl.{suffix}", raw)
    assert articles == []
    assert "after 0 articles. Fetch or copy it again." in message


@both
def test_a_document_that_is_cut_is_no_article(read, suffix: str) -> None:
    dice = random.Random(1)
    raw = PACKERS[suffix](dice.randbytes(100_000).hex().encode())
    articles, (message,) = read(f"a.txt.{suffix}", raw[:-10])
    assert articles == []
    assert "cut off, after 0 articles" in message


@both
@pytest.mark.parametrize("cut", [5, -5])
def test_a_cut_feed_is_told_as_cut_not_as_other_xml(read, suffix: str, cut: int) -> None:
    raw = PACKERS[suffix](CONTENTS["a.xml"].encode())
    articles, (message,) = read(f"a.xml.{suffix}", raw[:cut])
    assert articles == []
    assert "cut off, after 0 articles" in message


@both
def test_parquet_is_not_read_compressed(read, suffix: str) -> None:
    assert "Parquet is not read from" in read(f"a.parquet.{suffix}", PACKERS[suffix](b"PAR1"))[1][0]


# Limits


@cache
def bomb(suffix: str, size: int, line: bytes = b"") -> bytes:
    """Packs zeros, or a line over and over, without holding them."""
    part = line * (2**20 // len(line)) if line else bytes(2**20)
    out = io.BytesIO()
    if suffix == "gz":
        with gzip.GzipFile(fileobj=out, mode="wb") as file:
            for _ in range(size // 2**20):
                file.write(part)
    else:
        with zstandard.ZstdCompressor().stream_writer(out, closefd=False) as file:
            for _ in range(size // 2**20):
                file.write(part)
    return out.getvalue()


@both
@pytest.mark.parametrize("name", ["a.jsonl", "a.csv", "a.txt", "a.html", "a.warc", "a.rss", "a"])
def test_a_bomb_is_left_early(read, suffix: str, name: str) -> None:
    raw = bomb(suffix, 2**26)
    assert len(raw) < 100_000
    tracemalloc.start()
    try:
        articles, (message,) = read(f"{name}.{suffix}", raw)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert articles == []
    assert "more than 200 times its size when unpacked" in message
    assert "if you trust it, unpack it" in message
    assert peak < 20_000_000


@both
def test_of_a_bomb_of_rows_those_before_the_limit_are_kept(read, suffix: str) -> None:
    raw = bomb(suffix, 2**24, json.dumps({"text": TEXT}).encode() + b"\n")
    articles, (message,) = read(f"a.jsonl.{suffix}", raw)
    assert f"more than 200 times its size when unpacked, as no text is, after {len(articles)}" in (
        message
    )
    # A step of zstd is past the limit before it hands anything out.
    assert (len(articles) > 1000) == (suffix == "gz")


@both
def test_the_stream_has_a_limit(read, monkeypatch: pytest.MonkeyPatch, suffix: str) -> None:
    monkeypatch.setattr(compressed, "MAX_STREAM_BYTES", 300_000)
    articles, (message,) = read(f"a.jsonl.{suffix}", PACKERS[suffix](rows(5000)))
    assert 1000 < len(articles) < 5000
    assert "GB when unpacked" in message
    assert "Unpack it and split it." in message


@both
@pytest.mark.parametrize("name", ["a.txt", "a.html", "a.md", "a.rss"])
def test_a_document_has_a_limit(
    read, monkeypatch: pytest.MonkeyPatch, suffix: str, name: str
) -> None:
    monkeypatch.setattr(compressed, "MAX_DOCUMENT_BYTES", 2**20)
    raw = random.Random(1).randbytes(2**20).hex().encode()
    for given_name, content in ((name, raw), (f"{name}.{suffix}", PACKERS[suffix](raw))):
        articles, (message,) = read(given_name, content)
        assert articles == []
        assert "more than 1 MB in one document" in message


@both
def test_rows_are_unpacked_as_they_are_asked_for(tmp_path: Path, suffix: str) -> None:
    dice = random.Random(1)
    long = "".join(json.dumps({"text": dice.randbytes(5000).hex()}) + "\n" for _ in range(500))
    path = tmp_path / f"a.jsonl.{suffix}"
    path.write_bytes(PACKERS[suffix](long.encode()))
    del long
    tracemalloc.start()
    try:
        count = sum(1 for _ in read_articles(path))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == 500
    assert peak < 1_500_000  # of 5 MB


# The reader itself


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=4), st.integers(1, 50), st.data())
@pytest.mark.parametrize("codec", ["gzip", "zstd"])
def test_whatever_is_packed_comes_out_and_every_cut_is_seen(
    codec: str, parts: list[bytes], size: int, data: st.DataObject
) -> None:
    pack: Callable[[bytes], bytes] = gzip.compress if codec == "gzip" else zstd
    members = [pack(part) for part in parts]
    raw = b"".join(members)

    def unpacked(packed: bytes) -> bytes:
        with Unpacked(io.BytesIO(packed), codec) as file:
            return b"".join(iter(lambda: file.read(size), b""))

    assert unpacked(raw) == b"".join(parts)
    whole = {sum(map(len, members[:i])) for i in range(1, len(members) + 1)}
    cut = data.draw(st.integers(0, len(raw)).filter(lambda at: at not in whole))
    with pytest.raises(BrokenStream, match="cut off"):
        unpacked(raw[:cut])


@pytest.mark.parametrize(
    ("name", "suffixes"),
    [("a.txt", (".txt", "")), ("A.Html.GZ", (".html", ".gz")), ("a.warc.zst", (".warc", ".zst")),
     ("a.gz", ("", ".gz")), ("a.tar.gz", (".tar", ".gz")), ("gz", ("", "")), (".gz", ("", ""))],
)  # fmt: skip
def test_suffixes(name: str, suffixes: tuple[str, str]) -> None:
    assert suffixes_of(Path(name)) == suffixes


def test_compression() -> None:
    assert compression_of(Path("a.txt"), gzip.compress(b"")) == "gzip"
    assert compression_of(Path("a.txt"), zstd(b"")) == "zstd"
    assert compression_of(Path("a.txt.gz"), b"text") == "gzip"
    assert compression_of(Path("a.txt"), b"text") is None


@pytest.mark.parametrize(
    ("opening", "found"),
    [
        ("WARC/1.0\r\n", "application/warc"),
        ('<?xml version="1.0"?>\n<!-- <html> -->\n<rss version="2.0">', "application/rss+xml"),
        ('<!DOCTYPE rss [<!ENTITY nbsp "&#160;">]><rss>', "application/rss+xml"),
        ('<rdf:RDF xmlns="http://purl.org/rss/1.0/">', "application/rss+xml"),
        ('<rdf:RDF xmlns="http://xmlns.com/foaf/0.1/">', "text/plain"),
        ('<feed xmlns="http://www.w3.org/2005/Atom">', "application/atom+xml"),
        ("<atom:feed>", "application/atom+xml"),
        ('<?xml version="1.0"?><!DOCTYPE html PUBLIC "-//W3C"><html>', "text/html"),
        ("<urlset>", "text/plain"),
        ("feed me", "text/plain"),
        ("", "text/plain"),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_sniffing(opening: str, found: str, encoding: str) -> None:
    assert sniff(opening.encode(encoding)) == found


def test_a_folder_takes_them_and_tells_what_it_passes_over(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(rows(2)))
    (tmp_path / "b.html.zst").write_bytes(zstd(CONTENTS["a.html"].encode()))
    (tmp_path / "c.xml").write_text(CONTENTS["a.xml"])
    (tmp_path / "d.xml.gz").write_bytes(gzip.compress(CONTENTS["a.xml"].encode()))
    (tmp_path / "sitemap.xml").write_text("<urlset></urlset>")
    (tmp_path / "e.tar.gz").write_bytes(gzip.compress(b"tar"))
    (tmp_path / "f.gz").write_bytes(gzip.compress(b"what"))
    assert len(list(read_articles(tmp_path))) == 5
    assert "3 files passed over: 1 .gz, 1 .tar.gz, 1 .xml" in caplog.text


def test_xml_that_is_no_feed_is_told_where_it_is_named(read) -> None:
    articles, (message,) = read("sitemap.xml", "<urlset></urlset>")
    assert articles == []
    assert "no RSS or Atom in this XML file" in message
