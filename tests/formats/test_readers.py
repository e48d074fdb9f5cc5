"""Files, folders and stdin to articles: fields, encodings, what is left out and told."""

from __future__ import annotations

import errno
import io
import json
import logging
import os
import tracemalloc
from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from extractor.errors import InputError, UnknownName
from extractor.formats import decoding, plain, read_articles, rows
from extractor.formats.readers import files_of, read_slice
from extractor.schema import Article

TEXT = "Meta a levé 27 milliards de dollars – c’est écrit."


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def read(path: Path | str, **options: object) -> tuple[list[Article], list[str]]:
    """Articles, and the messages of what was left out."""
    errors: list[str] = []
    found = read_articles(path, on_error=lambda e: errors.append(str(e)), **options)  # type: ignore[arg-type]
    return list(found), errors


def stdin(monkeypatch: pytest.MonkeyPatch, raw: bytes) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(raw)))


# Whole files


def test_text(tmp_path: Path) -> None:
    path = write(tmp_path / "a.TXT", TEXT)
    (article,) = read_articles(path)
    assert article == Article(TEXT, id=path.as_posix())


@pytest.mark.parametrize(
    ("encoding", "told"),
    [("utf-8", {}), ("utf-8-sig", {}), ("utf-16", {"encoding": "utf-16", "encoding_by": "bom"}),
     ("cp1252", {"encoding": "cp1252", "encoding_by": "detected"})],
)  # fmt: skip
def test_encodings_of_text(tmp_path: Path, encoding: str, told: dict[str, str]) -> None:
    (article,) = read_articles(write(tmp_path / "a.txt", TEXT.encode(encoding)))
    assert article.body == TEXT
    assert article.meta == told


@pytest.mark.parametrize(
    ("declared", "encoding", "by"),
    [("windows-1251", "cp1251", "declared"), ("iso-8859-1", "cp1252", "declared"),
     ("utf-8", "cp1252", "detected"), ("nonsense", "cp1252", "detected"),
     ("base64", "cp1252", "detected")],
)  # fmt: skip
def test_a_page_declares_its_charset(tmp_path: Path, declared: str, encoding: str, by: str) -> None:
    words = "Газпром" if encoding == "cp1251" else "levé – 5 €"
    page = f'<html><meta http-equiv=x content="text/html; charset={declared}"><p>{words}</p>'
    (article,) = read_articles(write(tmp_path / "a.html", page.encode(encoding)))
    assert article.body == page
    assert article.media_type == "text/html"
    assert article.meta == {"encoding": encoding, "encoding_by": by}


def test_markdown_front_matter_and_title(tmp_path: Path) -> None:
    text = (
        '---\ntitle: "Le prêt: suite"\r\ndate: 2025-01-02\nlang: fr\nauthor: N\nempty:\n---\n'
        "# Le prêt: suite\n\nTexte.\n"
    )
    (article,) = read_articles(write(tmp_path / "a.md", text))
    assert (article.title, article.published, article.language) == (
        "Le prêt: suite", "2025-01-02", "fr",
    )  # fmt: skip
    assert article.body.strip() == "Texte."
    assert article.meta == {"author": "N"}
    assert article.media_type == "text/markdown"
    assert article.id == (tmp_path / "a.md").as_posix()


def test_markdown_heading_is_the_title(tmp_path: Path) -> None:
    (article,) = read_articles(write(tmp_path / "a.md", "\n# Le C#\nTexte.\n\n## Suite\n"))
    assert (article.title, article.body) == ("Le C#", "Texte.\n\n## Suite\n")


@pytest.mark.parametrize(
    "text",
    ["---\nnot closed: yes\n\nTexte.", "Texte.\n\n# Later\n", "---\n" + "a: b\n" * 150 + "---\nT."],
)
def test_markdown_without_them_stays_whole(tmp_path: Path, text: str) -> None:
    (article,) = read_articles(write(tmp_path / "a.md", text))
    assert article.body == text
    assert article.title is None


def test_another_title_than_the_heading_keeps_both(tmp_path: Path) -> None:
    (article,) = read_articles(write(tmp_path / "a.md", "---\ntitle: A\n---\n# B\nTexte.\n"))
    assert (article.title, article.body) == ("A", "# B\nTexte.\n")


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Il doit **27 milliards** de dollars.", "Il doit 27 milliards de dollars."),
        ("Il doit __27 milliards__ de dollars.", "Il doit 27 milliards de dollars."),
        ("Il doit _27 milliards_ de dollars.", "Il doit 27 milliards de dollars."),
        ("Il doit **_27_** _**milliards**_.", "Il doit 27 milliards."),
        ("Il doit [27 milliards](http://x 'Le prêt') de dollars.",
         "Il doit 27 milliards de dollars."),
        ('Il doit [27 milliards](http://x/a_(b)_c "Le (gros) prêt") de dollars.',
         "Il doit 27 milliards de dollars."),
        ("Le champ a_b_c, un _ seul, 5 * 3 * 2 (_sic).",
         "Le champ a_b_c, un _ seul, 5 * 3 * 2 (_sic)."),
        ("[27](http://x(y) reste", "[27](http://x(y) reste"),
    ],
)  # fmt: skip
def test_markdown_marks_do_not_cut_amounts(tmp_path: Path, text: str, plain: str) -> None:
    (article,) = read_articles(write(tmp_path / "a.md", text))
    assert article.body == plain


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.html"])
@pytest.mark.parametrize("content", ["", " \n\t\n", "\ufeff"])
def test_empty_files_are_told(tmp_path: Path, name: str, content: str) -> None:
    path = write(tmp_path / name, content)
    articles, (message,) = read(path)
    assert articles == []
    assert message.startswith(f"{path.as_posix()}: no text in it.")


def test_only_front_matter_is_no_text(tmp_path: Path) -> None:
    assert "is empty" in read(write(tmp_path / "a.md", "---\ntitle: A\n---\n"))[1][0]


@pytest.mark.parametrize("name", ["a.txt", "a.bin"])
def test_binary_is_refused(tmp_path: Path, name: str) -> None:
    articles, (message,) = read(write(tmp_path / name, b"PK\x03\x04\x00\x00\xff"))
    assert articles == []
    assert "binary" in message


# Rows


ROWS = [
    {"text": TEXT, "id": "n1", "title": "T", "date": "2025-01-02", "lang": "fr", "desk": "éco"},
    {"text": "Deux.\nLignes; \"citées\", oui", "id": "", "title": "", "date": "", "lang": "",
     "desk": ""},
]  # fmt: skip


def rows_file(tmp_path: Path, suffix: str) -> Path:
    path = tmp_path / f"rows.{suffix}"
    if suffix == "jsonl":
        return write(path, "".join(json.dumps(row) + "\n" for row in ROWS))
    if suffix == "csv":
        import csv

        with path.open("w", encoding="utf-8-sig", newline="") as file:
            out = csv.DictWriter(file, ROWS[0])
            out.writeheader()
            out.writerows(ROWS)
    else:
        pq.write_table(pa.Table.from_pylist(ROWS), path)
    return path


@pytest.mark.parametrize("suffix", ["jsonl", "csv", "parquet"])
def test_rows(tmp_path: Path, suffix: str) -> None:
    path = rows_file(tmp_path, suffix)
    first, second = read_articles(path)
    assert first == Article(
        TEXT, id="n1", title="T", published="2025-01-02", language="fr", meta={"desk": "éco"}
    )
    assert second.body == ROWS[1]["text"]
    line = {"jsonl": 2, "csv": 3, "parquet": 2}[suffix]
    assert second == Article(ROWS[1]["text"], id=f"{path.as_posix()}:{line}")


@pytest.mark.parametrize("suffix", ["jsonl", "csv", "parquet"])
def test_text_field(tmp_path: Path, suffix: str) -> None:
    path = rows_file(tmp_path, suffix)
    articles, errors = read(path, text_field="desk")
    assert [a.body for a in articles] == ["éco"]
    assert articles[0].meta == {"text": TEXT}
    assert len(errors) == 1
    assert "field 'desk' is empty" in errors[0]
    articles, errors = read(path, text_field="texte")
    assert articles == []
    assert len(errors) == 2
    assert "no field 'texte'; present: date, desk, id, lang, text, title." in errors[0]


def test_bad_json_lines_cost_only_themselves(tmp_path: Path) -> None:
    good = json.dumps({"text": TEXT})
    bad = {
        2: ("{", "not JSON"),
        3: ('["a"]', "a JSON list, not an object"),
        4: ('{"text": NaN}', "NaN is no JSON number"),
        5: ('{"text": 5}', "field 'text' is int, not text"),
        6: ('{"text": null}', "field 'text' is null, not text"),
        7: ('{"text": "  "}', "field 'text' is empty"),
        8: ('{"a": "' + "x" * 50 + '"}', "Use --text-field a."),
        9: ("[" * 100_000, "not JSON"),
        10: ('{"text": ' + "9" * 5000 + "}", "not JSON"),
    }
    lines = [good, *(line for line, _ in bad.values()), "", "  ", good]
    path = write(tmp_path / "a.jsonl", "\n".join(lines))
    articles, errors = read(path)
    assert [a.id for a in articles] == [f"{path.as_posix()}:{n}" for n in (1, 13)]
    assert len(errors) == len(bad)
    for (number, (_, told)), message in zip(bad.items(), errors, strict=True):
        assert message.startswith(f"{path.as_posix()}:{number}: ")
        assert told in message
        assert len(message) < 400


def test_without_on_error_the_first_bad_line_raises(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", json.dumps({"text": TEXT}) + "\n{\n")
    articles = read_articles(path)
    assert next(articles).body == TEXT
    with pytest.raises(InputError, match=r"a\.jsonl:2: not JSON"):
        next(articles)


def test_a_line_in_another_encoding(tmp_path: Path) -> None:
    line = json.dumps({"text": TEXT}, ensure_ascii=False)
    path = write(tmp_path / "a.jsonl", line.encode() + b"\n" + line.encode("cp1252") + b"\n")
    first, second = read_articles(path)
    assert first.body == second.body == TEXT
    assert (first.meta, second.meta) == ({}, {"encoding": "cp1252", "encoding_by": "detected"})


def test_utf16_rows_are_refused_with_advice(tmp_path: Path) -> None:
    _, (message,) = read(write(tmp_path / "a.jsonl", '{"text": "a"}'.encode("utf-16")))
    assert "Save the file as UTF-8" in message


def test_lone_surrogates_are_replaced_one_for_one(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", r'{"text": "a\ud800b", "title": "\udfff!"}')
    (article,) = read_articles(path)
    assert (article.body, article.title) == ("a\ufffdb", "\ufffd!")


@pytest.mark.parametrize("text", ["", "\n\n", "\ufeff"])
@pytest.mark.parametrize("name", ["a.jsonl", "a.csv"])
def test_no_rows_no_articles(tmp_path: Path, name: str, text: str) -> None:
    assert read(write(tmp_path / name, text)) == ([], [])


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_csv_dialects(tmp_path: Path, delimiter: str, end: str) -> None:
    rows = [["Title", "Text "], ["T", f'"dit ""oui""{delimiter}{end}puis non"']]
    path = write(tmp_path / "a.csv", end.join(delimiter.join(row) for row in rows) + end)
    (article,) = read_articles(path)
    assert (article.title, article.body) == ("T", f'dit "oui"{delimiter}{end}puis non')


def test_bad_csv_rows_cost_only_themselves(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "id,text\n1,un\n2,deux,trois\n3\n\n4,\n5,a\rb\n6,six\n")
    articles, errors = read(path)
    assert [(a.id, a.body) for a in articles] == [("1", "un"), ("6", "six")]
    told = {3: "3 cells where the header has 2", 4: "1 cells", 6: "is empty", 7: "not CSV"}
    assert len(errors) == len(told)
    for (number, words), message in zip(told.items(), errors, strict=True):
        assert message.startswith(f"{path.as_posix()}:{number}: ")
        assert words in message


def test_tab_separated_values(tmp_path: Path) -> None:
    (article,) = read_articles(write(tmp_path / "a.TSV", "id\ttext\n1\tun, deux\n"))
    assert (article.id, article.body) == ("1", "un, deux")


@pytest.mark.parametrize(
    ("told", "media_type"),
    [
        ("text/html; charset=utf-8", "text/html"),
        ("Text/HTML", "text/html"),
        ("application/xhtml+xml;charset=utf-8", "text/html"),
        ("text/plain;", "text/plain"),
    ],
)
def test_the_media_type_of_a_row(tmp_path: Path, told: str, media_type: str) -> None:
    row = json.dumps({"text": "<p>un</p>", "media_type": told})
    (article,) = read_articles(write(tmp_path / "a.jsonl", row))
    assert article.media_type == media_type


@pytest.mark.parametrize("text", ['[{"text": "un"}]', '\ufeff [\n  {\n    "text": "un"\n  }\n]'])
def test_a_json_list_is_refused_with_advice(tmp_path: Path, text: str) -> None:
    articles, (message,) = read(write(tmp_path / "a.json", text))
    assert articles == []
    assert message.startswith(f"{(tmp_path / 'a.json').as_posix()}: a JSON list")
    assert "one object a line" in message


def test_csv_rows_are_not_merged_where_a_quote_is_left_open(tmp_path: Path) -> None:
    rows = 'id,text\n1,un\n2,"deux\n3,"trois"\n4,quatre\n'
    path = write(tmp_path / "a.csv", rows)
    articles, (message,) = read(path)
    assert [(a.id, a.body) for a in articles] == [("1", "un"), ("4", "quatre")]
    assert message.startswith(f"{path.as_posix()}:3: not CSV")


def test_csv_that_is_cut_inside_a_cell_is_told(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", 'id,text\n1,un\n2,"Le groupe a levé 3 M€.\nIl')
    articles, (message,) = read(path)
    assert [a.body for a in articles] == ["un"]
    assert message.startswith(f"{path.as_posix()}:3: not CSV")


def test_csv_cells_of_any_length(tmp_path: Path) -> None:
    body = "x" * 300_000
    (article,) = read_articles(write(tmp_path / "a.csv", f"text,id\n{body},1\n"))
    assert article.body == body


def test_parquet_types(tmp_path: Path) -> None:
    table = pa.table(
        {
            "BODY": pa.array([TEXT], pa.large_string()),
            "published": pa.array([date(2025, 1, 2)]),
            "id": pa.array([7]),
            "price": pa.array([Decimal("1.50")]),
            "flag": [True],
            "tags": [["a", "b"]],
            "nothing": pa.array([None], pa.string()),
        }
    )
    pq.write_table(table, tmp_path / "a.parquet")
    (article,) = read_articles(tmp_path / "a.parquet")
    assert article == Article(
        TEXT, id="7", published="2025-01-02", meta={"price": "1.50", "flag": "true"}
    )


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("published", pa.array([0, 300_000_000_000, 0], pa.timestamp("s"))),
        ("published", pa.array([None, 0, None], pa.timestamp("s", tz="Mars/Olympus"))),
        ("title", pa.array([b"a", b"\xff", b"b"]).view(pa.utf8())),
    ],
)
def test_a_cell_that_cannot_be_read_costs_its_row(
    tmp_path: Path, name: str, cells: pa.Array
) -> None:
    pq.write_table(pa.table({"text": ["un", "deux", "trois"], name: cells}), tmp_path / "a.parquet")
    articles, (message,) = read(tmp_path / "a.parquet")
    assert [a.body for a in articles] == ["un", "trois"]
    assert message.startswith(f"{(tmp_path / 'a.parquet').as_posix()}:2: a cell")


@pytest.mark.parametrize("raw", [b"", b"PAR1", b"not at all Parquet, but long enough"])
def test_broken_parquet(tmp_path: Path, raw: bytes) -> None:
    articles, (message,) = read(write(tmp_path / "a.parquet", raw))
    assert articles == []
    assert "a.parquet: not a whole Parquet file, after 0 rows" in message


def test_truncated_parquet(tmp_path: Path) -> None:
    path = rows_file(tmp_path, "parquet")
    write(path, path.read_bytes()[:-20])
    assert len(read(path)[1]) == 1


def test_a_disk_that_fails_under_parquet_is_no_broken_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object, **__: object) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    path = rows_file(tmp_path, "parquet")
    monkeypatch.setattr(pq.ParquetFile, "iter_batches", failing)
    told: list[InputError] = []
    with pytest.raises(OSError, match=os.strerror(errno.EIO)) as raised:
        list(read_slice(str(path), 0, None, 1, on_error=told.append, readable=True))
    assert (raised.value.filename, told) == (path.as_posix(), [])
    assert read(path) == ([], [f"{path.as_posix()}: cannot be read: {os.strerror(errno.EIO)}."])


def test_memory_that_parquet_lacks_is_no_broken_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object, **__: object) -> None:
        raise pa.ArrowMemoryError("malloc of size 64 failed")

    path = rows_file(tmp_path, "parquet")
    monkeypatch.setattr(pq.ParquetFile, "iter_batches", failing)
    with pytest.raises(MemoryError):
        read(path)


@pytest.mark.parametrize("suffix", ["jsonl", "csv", "parquet"])
def test_an_unforeseen_error_costs_its_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    path, make = rows_file(tmp_path, suffix), rows.row_article

    def poison(row: dict[str, str], where: str, text_field: str | None) -> Article:
        if row["text"] == TEXT:
            raise ZeroDivisionError("poison")
        return make(row, where, text_field)

    monkeypatch.setattr(rows, "row_article", poison)
    articles, (message,) = read(path)
    assert [a.body for a in articles] == [ROWS[1]["text"]]
    first = 2 if suffix == "csv" else 1
    assert message == f"{path.as_posix()}:{first}: ZeroDivisionError: poison"


def test_an_unforeseen_error_costs_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "ab":
        write(tmp_path / f"{name}.txt", name)
    decode = plain.decode

    def poison(raw: bytes, labels: list[str]) -> decoding.Decoded:
        if raw == b"a":
            raise ZeroDivisionError("poison")
        return decode(raw, labels)

    monkeypatch.setattr(plain, "decode", poison)
    articles, (message,) = read(tmp_path)
    assert [a.body for a in articles] == ["b"]
    assert message == f"{tmp_path.as_posix()}/a.txt: ZeroDivisionError: poison"


# Streaming


@pytest.mark.parametrize("suffix", ["jsonl", "csv"])
def test_a_line_too_long_is_told_and_not_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    monkeypatch.setattr(decoding, "MAX_LINE_BYTES", 10_000)
    long = "x" * 5_000_000
    if suffix == "jsonl":
        content = f'{{"text": "a"}}\n{{"text": "{long}"}}\n{{"text": "b"}}\n'
    else:
        content = f"text,id\na,1\n{long},2\nb,3\n"
    path = write(tmp_path / f"a.{suffix}", content)
    del content
    tracemalloc.start()
    try:
        articles, errors = read(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert [a.body for a in articles] == ["a", "b"]
    assert len(errors) == 1
    assert "a line of more than 10000 bytes" in errors[0]
    assert peak < 2_000_000


@pytest.mark.parametrize("suffix", ["jsonl", "csv"])
def test_rows_are_read_as_they_are_asked_for(tmp_path: Path, suffix: str) -> None:
    rows = 20_000
    if suffix == "jsonl":
        content = (json.dumps({"text": TEXT}) + "\n") * rows
    else:
        content = "text\n" + f'"{TEXT}"\n' * rows
    path = write(tmp_path / f"a.{suffix}", content)
    tracemalloc.start()
    try:
        count = sum(1 for _ in read_articles(path))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == rows
    assert peak < path.stat().st_size / 2


# Folders and stdin


def test_a_folder_in_sorted_order(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / ".git").mkdir()
    write(tmp_path / "b" / "1.txt", "b1")
    write(tmp_path / "2.md", "# T\na2")
    write(tmp_path / "1.jsonl", '{"text": "a1"}\n{\n')
    write(tmp_path / "3.txt", "")
    write(tmp_path / ".git" / "x.txt", "hidden")
    write(tmp_path / ".hidden.txt", "hidden")
    write(tmp_path / "p.pdf", "%PDF")
    write(tmp_path / "README", "r")
    with caplog.at_level(logging.WARNING):
        articles, errors = read(tmp_path)
    assert [a.body for a in articles] == ["a1", "a2", "b1"]
    assert [Path(e.partition(": ")[0]).name for e in errors] == ["1.jsonl:2", "3.txt"]
    assert "2 files passed over: 1 .pdf, 1 no suffix" in caplog.text


def test_a_linked_folder_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    root, other = tmp_path / "news", tmp_path / "other"
    root.mkdir()
    other.mkdir()
    write(root / "1.txt", "a")
    write(other / "2.txt", "b")
    (root / "more").symlink_to(other)
    with caplog.at_level(logging.WARNING):
        articles, errors = read(root)
    assert ([a.body for a in articles], errors) == (["a"], [])
    assert "1 files passed over: 1 linked folder" in caplog.text


def test_a_pattern_takes_the_files_of_folders(tmp_path: Path) -> None:
    for name in ("2024", "2025/q1"):
        (tmp_path / name).mkdir(parents=True)
    paths = [tmp_path / name for name in ("2024/a.txt", "2025/b.txt", "2025/q1/c.txt", "d.txt")]
    for path in paths:
        write(path, "a")
    write(tmp_path / "2025" / "e.pdf", "%PDF")
    assert files_of(f"{tmp_path}/*") == paths
    assert files_of(f"{tmp_path}/202?") == paths[:3]
    assert files_of(f"{tmp_path}/**/*.txt") == paths


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_list_in_any_character_set(tmp_path: Path, encoding: str) -> None:
    path = write(tmp_path / "été.txt", "a")
    lines = f"{path}\n# the same again, as a list\n@{tmp_path}/b.txt\n"
    names = write(tmp_path / "list.txt", lines.encode(encoding))
    write(tmp_path / "b.txt", str(path))
    assert files_of(f"@{names}") == [path, path]


def test_a_list_that_names_itself_is_refused(tmp_path: Path) -> None:
    names = write(tmp_path / "a.txt", f"@{tmp_path}/b.txt")
    write(tmp_path / "b.txt", f"@{tmp_path}/./a.txt")
    with pytest.raises(InputError, match=r"a\.txt: .* names itself"):
        files_of(f"@{names}")


def test_a_folder_without_articles_is_told(tmp_path: Path) -> None:
    assert "no articles in it. Known suffixes: .txt, .md" in read(tmp_path)[1][0]


def test_an_unreadable_file_costs_only_itself(tmp_path: Path) -> None:
    (tmp_path / "a.txt").symlink_to(tmp_path / "gone")
    write(tmp_path / "b.txt", "b")
    articles, (message,) = read(tmp_path)
    assert [a.body for a in articles] == ["b"]
    assert "a.txt: cannot be read: No such file" in message


def test_what_is_not_there_is_told_at_once() -> None:
    with pytest.raises(InputError, match=r"gone\.txt: no such file or directory"):
        read_articles("gone.txt")


def test_unknown_media_type(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="Did you mean 'text/html'"):
        read_articles(tmp_path, media_type="text/htm")


@pytest.mark.parametrize(
    ("raw", "media_type", "body"),
    [
        (TEXT.encode(), "text/plain", TEXT),
        (b"\xef\xbb\xbf" + TEXT.encode(), "text/plain", TEXT),
        (b'{"text": "un"}\n', "text/plain", "un"),
        (b" <!DOCTYPE html><p>a", "text/html", " <!DOCTYPE html><p>a"),
        (b"{un} texte", "text/plain", "{un} texte"),
    ],
)
def test_stdin(monkeypatch: pytest.MonkeyPatch, raw: bytes, media_type: str, body: str) -> None:
    stdin(monkeypatch, raw)
    (article,) = read_articles("-")
    assert (article.body, article.media_type) == (body, media_type)


def test_stdin_of_a_named_type(monkeypatch: pytest.MonkeyPatch) -> None:
    stdin(monkeypatch, b"text\nun\n")
    (article,) = read_articles("-", media_type="text/csv")
    assert (article.body, article.id) == ("un", "stdin:2")


@pytest.mark.parametrize(
    ("raw", "media_type"), [(b"", None), (b"PAR1", "application/vnd.apache.parquet")]
)
def test_stdin_that_cannot_be_read(
    monkeypatch: pytest.MonkeyPatch, raw: bytes, media_type: str | None
) -> None:
    stdin(monkeypatch, raw)
    articles, (message,) = read("-", media_type=media_type)
    assert articles == []
    assert message.startswith("stdin: ")


def test_a_file_without_a_known_suffix_is_sniffed(tmp_path: Path) -> None:
    (article,) = read_articles(write(tmp_path / "page", "<html><p>a"))
    assert article.media_type == "text/html"
