"""Records to files and back: exact amounts, formulas, nulls, and what stays after an error."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Callable
from dataclasses import fields, replace
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extractor.errors import FormatError, InputError, UnknownName
from extractor.formats import open_writer, read_records
from extractor.formats.delimited import Writer, guard, unguard
from extractor.formats.delimited import records as csv_records
from extractor.formats.writers import FORMATS
from extractor.schema import Party, Record

Changed = Callable[..., Record]
PAYLOADS = (
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://x","y")', "'=1", "''+1",
    "a;=1", 'Deal;"=1+1;x', "a\n=cmd|' /C calc'!A0", "＝1+1", "x\t-2+3",
)  # fmt: skip


def written(fmt: str, target: Path, *records: Record, raw: bool = False) -> Path:
    with open_writer(fmt, target, raw=raw) as writer:
        for record in records:
            writer.write(record)
    return target


# All formats


@pytest.mark.parametrize("fmt", FORMATS)
def test_round_trip(tmp_path: Path, fmt: str, record: Changed, bare: Record) -> None:
    given_ = [record(), bare, record(low=None), record(high=None), record(per="year")]
    path = written(fmt, tmp_path / f"a.{fmt}", *given_)
    assert list(read_records(path)) == given_


@pytest.mark.parametrize("fmt", FORMATS)
@pytest.mark.parametrize(
    "amount",
    ["0", "0.1", "1E+3", "2.7E+10", "1.4E+12", "12345678901234567890.123456789", "-3.50",
     "99999999999999999999999999999.999999999", "0.000000001"],
)  # fmt: skip
def test_amounts_are_exact(tmp_path: Path, fmt: str, record: Changed, amount: str) -> None:
    value = Decimal(amount)
    path = written(fmt, tmp_path / f"a.{fmt}", record(low=value, high=value))
    (back,) = read_records(path)
    assert isinstance(back.low, Decimal)
    assert (back.low, back.high) == (value, value)


@pytest.mark.parametrize("fmt", FORMATS)
def test_any_text_survives(tmp_path: Path, fmt: str, record: Changed) -> None:
    texts = (*PAYLOADS, "🙂 e\u0301 \u202e\u200b", 'a "b", c', "a\n\nb", "a\x00b", "\ufeffa",
             "{}", "null", " | ")  # fmt: skip
    given_ = [
        record(title=t, sentence=t, surface=t, speaker=Party(t, "FIRM", 0, 1),
               payer=(Party(t, "ORG", 2, 3), Party("B", "FIRM", 4, 5)))
        for t in texts
    ]  # fmt: skip
    path = written(fmt, tmp_path / f"a.{fmt}", *given_)
    assert list(read_records(path)) == given_


@pytest.mark.parametrize("fmt", FORMATS)
def test_lone_surrogates_do_not_break_a_file(tmp_path: Path, fmt: str, record: Changed) -> None:
    path = written(fmt, tmp_path / f"a.{fmt}", record(title="a\ud800b"))
    assert [r.title for r in read_records(path)] == ["a\ufffdb"]


@pytest.mark.parametrize("fmt", FORMATS)
def test_no_records(tmp_path: Path, fmt: str) -> None:
    assert list(read_records(written(fmt, tmp_path / f"a.{fmt}"))) == []


@pytest.mark.parametrize("fmt", FORMATS)
def test_the_same_records_give_the_same_bytes(tmp_path: Path, fmt: str, record: Changed) -> None:
    first, second = (written(fmt, tmp_path / n, record(), record()) for n in ("a", "b"))
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize("fmt", FORMATS)
def test_an_error_leaves_what_was_there(tmp_path: Path, fmt: str, record: Changed) -> None:
    path = written(fmt, tmp_path / f"a.{fmt}", record())
    before = path.read_bytes()
    with pytest.raises(AttributeError):
        written(fmt, path, record(title="new"), None)  # type: ignore[arg-type]
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("fmt", FORMATS)
@pytest.mark.parametrize("amount", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_number_is_refused(
    tmp_path: Path, fmt: str, record: Changed, amount: str
) -> None:
    path = tmp_path / f"a.{fmt}"
    with open_writer(fmt, path) as writer:
        with pytest.raises(FormatError, match=amount):
            writer.write(record(low=Decimal(amount)))
        writer.write(record())
    assert list(read_records(path)) == [record()]


@pytest.mark.parametrize("fmt", ["jsonl", "csv"])
def test_stdout(capsysbinary: pytest.CaptureFixture[bytes], fmt: str, record: Changed) -> None:
    with open_writer(fmt, None) as writer:
        writer.write(record())
    out = capsysbinary.readouterr().out
    assert "27 milliards" in out.decode()
    assert b"\r" not in out
    assert out.count(b"\n") == {"jsonl": 1, "csv": 2}[fmt]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (("xlsx", None), UnknownName, "Unknown format 'xlsx'"),
        (("parquet", None), FormatError, "-o claims.parquet"),
        (("csv", "gone/a.csv"), InputError, "gone/a.csv: cannot be written: No such file"),
        (("csv", "."), InputError, "it is a folder"),
    ],
)
def test_targets_that_cannot_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, str | None],
    error: type[Exception], message: str,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    with pytest.raises(error, match=message), open_writer(*arguments):
        pytest.fail("opened")
    assert list(tmp_path.iterdir()) == []


def test_raw_is_for_csv_alone(tmp_path: Path) -> None:
    with (
        pytest.raises(FormatError, match="raw is for CSV"),
        open_writer("jsonl", tmp_path / "a", raw=True),
    ):
        pytest.fail("opened")


def test_a_device_is_written_to_and_not_replaced(tmp_path: Path, record: Changed) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        written("jsonl", pipe, record())
        assert json.loads(os.read(reader, 65536))["surface"] == "27 milliards de dollars"
    finally:
        os.close(reader)
    assert pipe.is_fifo()


def test_a_link_keeps_leading_to_its_file(tmp_path: Path, record: Changed) -> None:
    target = tmp_path / "real.jsonl"
    link = tmp_path / "link.jsonl"
    link.symlink_to(target)
    written("jsonl", link, record())
    assert link.is_symlink()
    assert list(read_records(target)) == [record()]


# JSON Lines


def test_json_numbers_are_exact_and_plain(tmp_path: Path, record: Changed, bare: Record) -> None:
    path = written("jsonl", tmp_path / "a.jsonl", record(low=Decimal("2.70E+10")), bare)
    first, second = path.read_text(encoding="utf-8").splitlines()
    assert '"low": 27000000000, "high": 27000000000' in first
    assert list(json.loads(first)) == [f.name for f in fields(Record)]
    assert json.loads(second)["low"] is None
    assert json.loads(second)["speaker"] is None
    assert "l’emprunt" in first


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"low": "much"}, "field 'low'"),
        ({"payer": [{"name": "A"}]}, "field 'payer.0.label'"),
        ({"colour": "red"}, "field 'colour' is not of a record"),
        ({"start": None}, "field 'start'"),
    ],
)
def test_rows_that_are_no_records(
    tmp_path: Path, record: Changed, change: dict[str, object], message: str
) -> None:
    path = written("jsonl", tmp_path / "a.jsonl", record())
    row = json.loads(path.read_text(encoding="utf-8"))
    path.write_text("{}\n" + json.dumps(row | change), encoding="utf-8")
    with pytest.raises(FormatError, match=r"a\.jsonl:1: field"):
        list(read_records(path))
    path.write_text(json.dumps(row | change), encoding="utf-8")
    with pytest.raises(FormatError, match=rf"a\.jsonl:1: {message}"):
        list(read_records(path))


@pytest.mark.parametrize("line", ["{", "[]", "5", '{"low": NaN}'])
def test_lines_that_are_no_objects(tmp_path: Path, line: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(line, encoding="utf-8")
    with pytest.raises(FormatError, match=r"a\.jsonl:1: "):
        list(read_records(path))


def test_files_that_are_not_there_or_of_no_format(tmp_path: Path) -> None:
    with pytest.raises(UnknownName):
        next(read_records(tmp_path / "a.xlsx"))
    for name in ("a.csv", "a.jsonl", "a.parquet"):
        with pytest.raises(InputError, match=f"{name}: cannot be read: .*No such file"):
            next(read_records(tmp_path / name))


# CSV


def cells(path: Path, delimiter: str = ",") -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=delimiter))


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_cell_opens_a_formula(tmp_path: Path, record: Changed, payload: str) -> None:
    given_ = record(title=payload, sentence=payload, payer=(Party(payload, "FIRM", 0, 1),))
    path = written("csv", tmp_path / "a.csv", given_)
    (row,) = cells(path)
    for name in ("title", "sentence", "payer", "spans"):
        assert not row[name].startswith(("=", "+", "-", "@", "\t", "\r", "＝")), name
    for line in path.read_text(encoding="utf-8").splitlines():
        for cell in line.replace('"', "").split(";"):
            assert not cell.startswith(("=", "+", "@")), line


@pytest.mark.parametrize("payload", PAYLOADS)
def test_raw_is_as_it_was(tmp_path: Path, record: Changed, payload: str) -> None:
    given_ = record(title=payload)
    path = written("csv", tmp_path / "a.csv", given_, raw=True)
    assert cells(path)[0]["title"] == payload
    assert list(read_records(path, raw=True)) == [given_]


def test_csv_is_readable(tmp_path: Path, record: Changed, bare: Record) -> None:
    path = written("csv", tmp_path / "a.csv", record(low=Decimal("-5")), bare)
    first, second = cells(path)
    assert (first["low"], first["high"]) == ("-5", "27000000000")
    assert first["payer"] == "PIMCO | Blue | Owl, Inc."
    assert (first["language_certain"], first["negative"]) == ("true", "false")
    assert first["score"] == "0.875"
    assert json.loads(first["spans"])["period_span"] == {"start": 90, "end": 100}
    assert {second[n] for n in ("low", "title", "speaker", "payer", "period", "spans")} == {""}


@given(st.text("=+-@'\t\r\n;,\"ax＝| ", max_size=30))
def test_unguard_takes_away_what_guard_gave(text: str) -> None:
    assert unguard(guard(text)) == text


@settings(max_examples=40, deadline=None)
@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=40), raw=st.booleans())
def test_csv_holds_any_text(record: Changed, text: str, raw: bool) -> None:
    given_ = record(title=text or None, surface=text or "x", recipient=(Party(text, "ORG", 1, 2),))
    file = io.StringIO(newline="")
    Writer(file, raw=raw).write(given_)
    back = csv_records(io.BytesIO(file.getvalue().encode()), "a", raw=raw)
    assert list(back) == [given_]


def test_broken_csv_records(tmp_path: Path, record: Changed) -> None:
    path = written("csv", tmp_path / "a.csv", record())
    text = path.read_text(encoding="utf-8")
    for broken, message in (
        (text.replace('"true"', '"perhaps"'), "field 'language_certain'"),
        (text + '"one"\n', "1 cells where the header has"),
        (text.replace("{", "["), "column 'spans' or 'scores'"),
        (text.replace('"claim_id"', '"id"'), "field 'id' is not of a record"),
    ):
        path.write_text(broken, encoding="utf-8")
        with pytest.raises(FormatError, match=message):
            list(read_records(path))


# Parquet


def test_parquet_types(tmp_path: Path, record: Changed, bare: Record) -> None:
    table = pq.read_table(written("parquet", tmp_path / "a.parquet", record(), bare))
    assert table.schema.names == [f.name for f in fields(Record)]
    assert table.schema.field("low").type == pa.decimal128(38, 9)
    assert table.schema.field("period_start").type == pa.date32()
    assert table["payer"][0].as_py()[1]["name"] == "Blue | Owl, Inc."
    assert table["low"].null_count == 1


@pytest.mark.parametrize("amount", ["1E+29", "-1E+40", "0.0000000001"])
def test_an_amount_that_parquet_cannot_hold(tmp_path: Path, record: Changed, amount: str) -> None:
    path = tmp_path / "a.parquet"
    with open_writer("parquet", path) as writer:
        with pytest.raises(FormatError, match=r"c0ffee.*Write JSONL"):
            writer.write(record(high=Decimal(amount)))
        writer.write(record())
    assert list(read_records(path)) == [record()]


def test_a_date_that_is_none(tmp_path: Path, record: Changed) -> None:
    with (
        open_writer("parquet", tmp_path / "a.parquet") as writer,
        pytest.raises(FormatError, match="'2025-13' is no ISO date"),
    ):
        writer.write(record(period_start="2025-13"))


def test_row_groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, record: Changed) -> None:
    monkeypatch.setattr("extractor.formats.parquet.ROW_GROUP_ROWS", 3)
    given_ = [record(claim_id=str(i)) for i in range(7)]
    path = written("parquet", tmp_path / "a.parquet", *given_)
    assert pq.ParquetFile(path).num_row_groups == 3
    assert list(read_records(path)) == given_


def test_data_frames_read_them(tmp_path: Path, record: Changed, bare: Record) -> None:
    import pandas as pd

    given_ = [record(), replace(bare, low=Decimal("0.1"), high=Decimal("0.1"))]
    frame = pd.read_parquet(written("parquet", tmp_path / "a.parquet", *given_))
    assert frame["low"].sum() == Decimal("27000000000.1")
    frame = pd.read_csv(written("csv", tmp_path / "a.csv", *given_))
    assert list(frame["surface"]) == ["27 milliards de dollars"] * 2
