"""The JSON Schema of a record, against records as they are written."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from dataclasses import fields
from typing import Any

import pytest

from extractor.formats.jsonl import Writer
from extractor.formats.jsonschema import record_schema
from extractor.schema import Record
from extractor.taxonomy import MODALITIES, TYPE_NAMES

_KINDS: dict[str, tuple[type, ...]] = {
    "object": (dict,), "array": (list,), "string": (str,), "integer": (int,),
    "number": (int, float), "boolean": (bool,), "null": (type(None),),
}  # fmt: skip
_KNOWN = {
    "type", "properties", "required", "additionalProperties", "items", "anyOf", "$ref", "enum",
    "$defs", "$schema", "$id", "title", "description", "default",
}  # fmt: skip


def broken(value: Any, schema: Any, root: Any, at: str = "") -> list[str]:
    """Where a value breaks a schema; a keyword that is not looked at fails the test."""
    if not isinstance(schema, dict):
        return [] if schema else [f"{at}: not allowed"]
    assert set(schema) <= _KNOWN, set(schema) - _KNOWN
    if "$ref" in schema:
        return broken(value, root["$defs"][schema["$ref"].removeprefix("#/$defs/")], root, at)
    if "anyOf" in schema and all(broken(value, s, root, at) for s in schema["anyOf"]):
        return [f"{at}: none of anyOf"]
    if "enum" in schema and value not in schema["enum"]:
        return [f"{at}: {value!r} not in enum"]
    kind = schema.get("type")
    if kind and (
        not isinstance(value, _KINDS[kind]) or (isinstance(value, bool) and kind != "boolean")
    ):
        return [f"{at}: {value!r} is no {kind}"]
    if isinstance(value, list):
        return [e for v in value for e in broken(v, schema.get("items", True), root, f"{at}[]")]
    if not isinstance(value, dict):
        return []
    properties = schema.get("properties", {})
    other = schema.get("additionalProperties", True)
    errors = [f"{at}.{name}: missing" for name in schema.get("required", ()) if name not in value]
    for name, part in value.items():
        errors += broken(part, properties.get(name, other), root, f"{at}.{name}")
    return errors


def row(record: Record) -> dict[str, Any]:
    file = io.StringIO()
    Writer(file).write(record)
    return json.loads(file.getvalue())  # type: ignore[no-any-return]


def test_it_is_json_and_names_every_field() -> None:
    schema = record_schema()
    assert json.loads(json.dumps(schema)) == schema
    assert schema["$schema"].endswith("2020-12/schema")
    assert re.fullmatch(r"urn:extractor:record:\d\.\d", schema["$id"])
    assert list(schema["properties"]) == [f.name for f in fields(Record)]
    assert schema["required"] == list(schema["properties"])


def test_written_records_keep_to_it(record: Callable[..., Record], bare: Record) -> None:
    schema = record_schema()
    for written in (record(), bare, *(record(type=t) for t in TYPE_NAMES),
                    *(record(modality=m) for m in MODALITIES)):  # fmt: skip
        assert broken(row(written), schema, schema) == []


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"type": "debt.bonds"}, ".type"),
        ({"modality": None}, ".modality"),
        ({"attribution": "me"}, ".attribution"),
        ({"zone": "footer"}, ".zone"),
        ({"per": "fortnight"}, ".per"),
        ({"low": "27000000000"}, ".low"),
        ({"start": 1.5}, ".start"),
        ({"approx": 1}, ".approx"),
        ({"payer": [{"name": "A", "label": "FIRM", "start": 0}]}, ".payer[].end"),
        ({"speaker": "A"}, ".speaker"),
        ({"scores": {"type": "high"}}, ".scores.type"),
        ({"colour": "red"}, ".colour"),
    ],
)
def test_other_rows_break_it(
    record: Callable[..., Record], change: dict[str, object], where: str
) -> None:
    schema = record_schema()
    (error,) = broken(row(record()) | change, schema, schema)
    assert error.startswith(f"{where}:")


def test_a_missing_field_breaks_it(record: Callable[..., Record]) -> None:
    schema = record_schema()
    without = row(record())
    del without["currency"]
    assert broken(without, schema, schema) == [".currency: missing"]
