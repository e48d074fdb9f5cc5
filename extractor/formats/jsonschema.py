"""The JSON Schema of a record, as `jsonl` writes it."""

from __future__ import annotations

from typing import Any

from extractor.schema import SCHEMA_VERSION, Record
from extractor.taxonomy import ATTRIBUTIONS, BLOCK_KINDS, MODALITIES, PER_UNITS, TYPE_NAMES

_CLOSED = {
    "type": TYPE_NAMES,
    "modality": MODALITIES,
    "attribution": ATTRIBUTIONS,
    "zone": BLOCK_KINDS,
}


def record_schema() -> dict[str, Any]:
    """The schema (draft 2020-12): every field, closed lists as enumerations."""
    from pydantic import TypeAdapter
    from pydantic.json_schema import GenerateJsonSchema

    class Numbers(GenerateJsonSchema):
        """Exact decimals are written as JSON numbers, not as pydantic's strings."""

        def decimal_schema(self, schema: Any) -> dict[str, Any]:
            return {"type": "number"}

    schema = TypeAdapter(Record).json_schema(schema_generator=Numbers)
    for name, values in _CLOSED.items():
        schema["properties"][name]["enum"] = list(values)
    schema["properties"]["per"]["anyOf"][0]["enum"] = list(PER_UNITS)
    schema["additionalProperties"] = False
    schema["description"] = "One claim about an amount of money, grounded in its article."
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:extractor:record:{SCHEMA_VERSION}",
        **schema,
    }
