"""Web archives: pages to articles; the rest counted; archives cut, damaged or hostile."""

from __future__ import annotations

import gzip
import random
import tracemalloc
import zlib
from itertools import pairwise

import pytest
import zstandard

from extractor.formats import compressed, warc
from extractor.text.document import read_document

TEXT = "Meta a levé 27 milliards – c’est écrit."
HTML = "text/html; charset=utf-8"
both = pytest.mark.parametrize("name", ["a.warc", "a.warc.gz"])


class Archive:
    """A WARC file in memory, written by hand, and where its records end."""

    def __init__(self, name: str = "a.warc") -> None:
        self._packed = name.endswith(".gz")
        self.raw = b""
        self.ends: list[int] = []

    def add(
        self, body: bytes | str = TEXT, kind: str | None = HTML, *, status: str = "200 OK",
        record: str = "response", url: str = "https://e.example/1", fields: str = "",
        date: str = "2025-01-02T03:04:05Z", **headers: str,
    ) -> Archive:  # fmt: skip
        """Adds a record; `fields` are lines of its own header, `headers` those of HTTP."""
        block = body.encode() if isinstance(body, str) else body
        block_kind = "text/plain"
        if record in ("response", "request") and url.startswith("http"):
            sent = {"Content-Type": kind} if kind else {}
            sent |= {name.replace("_", "-"): value for name, value in headers.items()}
            lines = "".join(f"{name}: {value}\r\n" for name, value in sent.items())
            opening = f"HTTP/1.1 {status}" if record == "response" else status
            block = f"{opening}\r\n{lines}\r\n".encode() + block
            block_kind = f"application/http; msgtype={record}"
        header = (
            f"WARC/1.0\r\nWARC-Type: {record}\r\nWARC-Target-URI: {url}\r\nWARC-Date: {date}\r\n"
            f"WARC-Record-ID: <urn:uuid:1>\r\nContent-Type: {block_kind}\r\n{fields}"
            f"Content-Length: {len(block)}\r\n\r\n"
        )
        made = header.encode() + block + b"\r\n\r\n"
        self.raw += gzip.compress(made) if self._packed else made
        self.ends.append(len(self.raw))
        return self


def page(words: str) -> str:
    return f"<html><body><p>{words}</p></body></html>"


@both
def test_a_page(read, name: str) -> None:
    (article,), errors = read(name, Archive(name).add(page(TEXT)).raw)
    assert errors == []
    assert (article.body, article.media_type) == (page(TEXT), "text/html")
    assert (article.id, article.url) == ("urn:uuid:1", "https://e.example/1")
    assert article.published == "2025-01-02"
    assert article.meta == {"captured": "2025-01-02T03:04:05Z"}


@pytest.mark.parametrize("name", ["a", "a.gz", "a.warc.zst", "a.zst"])
def test_other_names(read, name: str) -> None:
    raw = Archive("a.warc.gz" if name == "a.gz" else "a.warc").add().raw
    packed = zstandard.ZstdCompressor().compress(raw) if name.endswith("zst") else raw
    assert [a.body for a in read(name, packed)[0]] == [TEXT]


@pytest.mark.parametrize(
    ("kind", "media_type"),
    [("text/html", "text/html"), ("TEXT/HTML;x=y", "text/html"), ("text/plain", "text/plain"),
     ("application/xhtml+xml", "text/html")],
)  # fmt: skip
def test_kinds_of_pages(read, kind: str, media_type: str) -> None:
    (article,), _ = read("a.warc", Archive().add(TEXT, kind).raw)
    assert article.media_type == media_type


def test_what_is_no_page_is_counted_and_told_once(read, caplog: pytest.LogCaptureFixture) -> None:
    archive = Archive().add("software: x", record="warcinfo")
    for n in range(3):
        archive.add(b"", record="request", status="GET / HTTP/1.1").add(f"{TEXT} {n}")
    archive.add(TEXT, status="404 Not Found").add("", status="301 Moved").add(
        b"\x89PNG", "image/png"
    )
    archive.add(b"\0", "image/gif").add(TEXT, None).add("{}", "application/json").add(TEXT, "??")
    archive.add("a: b", record="metadata").add(b"\x7f", record="response", url="dns:e.example")
    articles, errors = read("a.warc", archive.raw)
    assert [a.body for a in articles] == [f"{TEXT} {n}" for n in range(3)]
    assert errors == []
    (message,) = caplog.messages
    assert message.endswith(
        "13 records passed over: 1 application/*, 2 image/*, 1 metadata, 3 request, "
        "1 response 301, 1 response 404, 2 response of unknown type, "
        "1 response without HTTP headers, 1 warcinfo"
    )


@pytest.mark.parametrize(
    ("header", "meta", "written", "encoding", "by"),
    [
        ("windows-1251", "", "cp1251", "cp1251", "declared"),
        ('"windows-1251"', "koi8-r", "cp1251", "cp1251", "declared"),
        ("", "windows-1251", "cp1251", "cp1251", "declared"),
        ("utf-8", "windows-1251", "cp1251", "cp1251", "declared"),
        ("iso-8859-1", "iso-8859-1", "utf-8", None, None),
        ("", "", "cp1251", "cp1251", "detected"),
        ("utf-8", "", "utf-16", "utf-16", "bom"),
    ],
)
def test_charsets(
    read, header: str, meta: str, written: str, encoding: str | None, by: str | None
) -> None:
    words = "Компания сообщила, что прибыль выросла до 3,5 млрд рублей."
    body = f'<html><meta charset="{meta}"><p>{words}' if meta else page(words)
    kind = f"text/html; charset={header}" if header else "text/html"
    (article,), _ = read("a.warc", Archive().add(body.encode(written), kind).raw)
    assert article.body == body
    assert (article.meta.get("encoding"), article.meta.get("encoding_by")) == (encoding, by)


def test_the_day_of_the_page_is_over_that_of_its_capture(read) -> None:
    told = '<meta property="article:published_time" content="2024-11-10">'
    words = page(TEXT + " L'entreprise a payé 3 millions de dollars à ses actionnaires.")
    archive = Archive().add(words.replace("<body>", f"<head>{told}</head><body>")).add(words)
    first, second = read("a.warc", archive.raw)[0]
    assert (first.published, second.published) == ("2025-01-02", "2025-01-02")
    assert read_document(first).published == "2024-11-10"
    assert read_document(second).published == "2025-01-02"


@pytest.mark.parametrize(("moment", "day"), [("2025-02-30T00:00:00Z", None), ("soon", None)])
def test_no_such_day(read, moment: str, day: str | None) -> None:
    (article,), _ = read("a.warc", Archive().add(date=moment).raw)
    assert (article.published, article.meta) == (day, {"captured": moment})


def test_a_page_cut_by_the_crawler_says_so(read) -> None:
    (article,), _ = read("a.warc", Archive().add(fields="WARC-Truncated: length\r\n").raw)
    assert article.meta["truncated"] == "length"


# Bodies as they were sent


def raw_deflate(raw: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(raw) + packer.flush()


@pytest.mark.parametrize(
    ("coding", "pack"),
    [("gzip", gzip.compress), ("x-gzip", gzip.compress), ("GZIP", gzip.compress),
     ("deflate", zlib.compress), ("deflate", raw_deflate),
     ("zstd", zstandard.ZstdCompressor().compress), ("identity", bytes),
     ("gzip", bytes), ("zstd", bytes)],
)  # fmt: skip
@pytest.mark.parametrize("chunked", [False, True])
def test_codings(read, coding: str, pack, chunked: bool) -> None:
    body, headers = pack(TEXT.encode()), {"Content_Encoding": coding}
    if chunked:
        parts = (body[:7], body[7:])
        body = b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in parts) + b"0\r\n\r\n"
        headers["Transfer_Encoding"] = "chunked"
    (article,), errors = read("a.warc", Archive().add(body, **headers).raw)
    assert (article.body, errors) == (TEXT, [])


def test_a_body_that_is_not_chunked_as_it_says(read) -> None:
    (article,), _ = read("a.warc", Archive().add(TEXT, Transfer_Encoding="chunked").raw)
    assert article.body == TEXT


@pytest.mark.parametrize(
    ("body", "headers", "told"),
    [
        (b"\x0b\x05\x80", {"Content_Encoding": "br"}, "has the coding 'br', which is not known"),
        (gzip.compress(TEXT.encode())[:-9], {"Content_Encoding": "gzip"}, "gzip data that is cut"),
        (gzip.compress(bytes(2**25)), {"Content_Encoding": "gzip"}, "more than 200 times its size"),
        (b"junk", {"Content_Encoding": "deflate"}, "raw deflate data that is"),
        (b"\0\1\2", {}, "binary data"),
        (b" \n", {}, "no text in it"),
    ],
)
def test_a_page_that_cannot_be_read_costs_only_itself(
    read, body: bytes, headers: dict[str, str], told: str
) -> None:
    archive = Archive().add("un").add(body, **headers).add("trois")
    articles, (message,) = read("a.warc", archive.raw)
    assert [a.body for a in articles] == ["un", "trois"]
    assert message.startswith(":2: ")
    assert told in message


def test_an_unforeseen_error_costs_its_page(read, monkeypatch: pytest.MonkeyPatch) -> None:
    def poison(page: warc._Page, where: str) -> bytes:
        return page.raw or b"" if page.raw != b"deux" else 1 // 0

    monkeypatch.setattr(warc, "_body", poison)
    articles, (message,) = read("a.warc", Archive().add("un").add("deux").add("trois").raw)
    assert [a.body for a in articles] == ["un", "trois"]
    assert message.startswith(":2: ZeroDivisionError: ")


def test_a_page_too_large_costs_only_itself(read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warc, "MAX_DOCUMENT_BYTES", 10_000)
    monkeypatch.setattr(compressed, "MAX_DOCUMENT_BYTES", 10_000)
    packed = gzip.compress(b"abcdefgh" * 2000)
    archive = (
        Archive().add("un").add("x" * 20_000).add("trois").add(packed, Content_Encoding="gzip")
    )
    articles, (plain, unpacked) = read("a.warc", archive.raw)
    assert [a.body for a in articles] == ["un", "trois"]
    assert plain.startswith(":2: more than 0 MB in one page")
    assert "more than 0 MB in one document" in unpacked


# Empty, cut, damaged


def test_an_empty_archive_is_told(read) -> None:
    articles, (message,) = read("a.warc", b"")
    assert articles == []
    assert message == ": no record in it. Give a WARC file that holds pages."


@pytest.mark.parametrize("raw", [b"not an archive", b"<html><p>x", b"WARC/9.9\r\n\r\n"])
def test_what_is_no_archive_is_told(read, raw: bytes) -> None:
    articles, (message,) = read("a.warc", raw)
    assert articles == []
    assert message.startswith(": record 1 does not begin as one of WARC, after 0 articles.")


@both
def test_wherever_it_is_cut_whole_pages_are_kept_and_the_cut_is_told(read, name: str) -> None:
    archive = Archive(name)
    for n in range(4):
        archive.add(f"{TEXT} {n}" * 20)
    raw, ends = archive.raw, archive.ends
    tail = 8 if name.endswith(".gz") else 4  # two line ends, or a checksum, close a record
    for start, end in pairwise([0, *ends]):
        for cut in sorted({*range(start + 1, end, 37), end - tail - 1}):
            articles, (message,) = read(name, raw[:cut])
            whole = sum(e <= cut for e in ends)
            # Of a record in gzip its end may be missing where all its page is there.
            assert len(articles) in ({whole, whole + 1} if name.endswith(".gz") else {whole}), cut
            assert f"after {len(articles)} articles" in message
        articles, errors = read(name, raw[:end])
        assert (len(articles), errors) == (ends.index(end) + 1, [])


def test_what_was_passed_over_before_the_cut_is_told(read, caplog) -> None:
    archive = Archive().add("x", "image/png").add(TEXT)
    read("a.warc", archive.raw[:-20])
    assert "1 records passed over: 1 image/*" in caplog.text


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (b"Content-Length: ", b"Content-Length: 1", "record 2 has another length"),
        (b"deux\r\n\r\n", b"", "record 2 has another length"),
        (b"deux", b"deux-", "record 2 has another length"),
        (b"Content-Length: ", b"Content-Length: 99", "an archive that is cut off"),
        (b"Content-Length: ", b"Content-Length: -", "a damaged header at record 2"),
        (b"Content-Length: ", b"Content-Size: ", "a damaged header at record 2"),
        (b"WARC/1.0", b"WORK/1.0", "record 2 does not begin as one of WARC"),
        (b"Content-Type: ", b"X-Type: " + b"x" * 2_000_000, "a header of more than 1048576 bytes"),
    ],
)
def test_a_damaged_record_is_told(read, old: bytes, new: bytes, told: str) -> None:
    archive = Archive().add("un").add("deux").add("trois")
    at = archive.ends[0]
    second = archive.raw[at : archive.ends[1]].replace(old, new, 1)
    articles, (message,) = read(
        "a.warc", archive.raw[:at] + second + archive.raw[archive.ends[1] :]
    )
    assert [a.body for a in articles] == ["un"]
    assert message.startswith(f": {told}")
    assert "after 1 articles, which are kept" in message


def test_nothing_of_it_breaks_the_reader(read, caplog, capsys) -> None:
    archive = Archive()
    for n in range(3):
        archive.add(f"{TEXT} {n}").add("", record="request", status="GET / HTTP/1.1")
    dice = random.Random(4)
    junk = (b"\r\n", b":", b"\0" * 10, b"WARC/1.0\r\n", b"\xff", b"Content-Length: 99999999999\r\n")
    for _ in range(300):
        raw = bytearray(archive.raw)
        for _ in range(dice.choice((1, 3, 20))):
            at = dice.randrange(len(raw))
            raw[at : at + dice.randrange(30)] = dice.choice((b"", *junk))
        articles, errors = read("a.warc", bytes(raw))
        assert len(articles) + len(errors) > 0
        assert len(articles) < 4
    assert capsys.readouterr() == ("", "")


def test_pages_are_read_as_they_are_asked_for(read) -> None:
    archive = Archive("a.warc.gz")
    dice = random.Random(1)
    for _ in range(40):
        archive.add(dice.randbytes(100_000).hex())
    raw = archive.raw
    tracemalloc.start()
    try:
        articles, _ = read("a.warc.gz", raw)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    held = sum(len(a.body) for a in articles)
    assert held == 8_000_000
    assert peak < held + 1_500_000
