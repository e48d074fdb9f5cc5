"""`extractor dataset`: the annotations as Parquet, with a data card and Croissant metadata.

One row a document, spans and claims nested in it, a file a split; the frames are a
second table. Croissant: MLCommons, format specification 1.0.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from extractor.schema import SCHEMA_VERSION, Extraction
from extractor.taxonomy import ROLES
from extractor.train.frames import Frame
from extractor.train.gold import SPLITS, gold_files, load_frames, split_of
from extractor.train.notation import read_gold

_LICENCE = "https://creativecommons.org/licenses/by/4.0/"
_ABOUT = (
    "Monetary claims in seven languages: who pays whom how much, in what currency, through "
    "which kind of deal, how certain, according to whom, when."
)


def write_dataset(gold: Path, output: Path) -> dict[str, int]:
    """Writes the splits, the frames, the card and the metadata.

    Args:
        gold: The annotations folder.
        output: A folder; its files are replaced.

    Returns:
        Rows by table.

    Raises:
        InputError: The folder holds no gold.
        FormatError: A file breaks its notation.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows: dict[str, list[dict[str, Any]]] = {split: [] for split in SPLITS}
    for path in gold_files(gold):
        for one in read_gold(path):
            rows[split_of(path, one)].append(_row(one))
    output.mkdir(parents=True, exist_ok=True)
    tables = {
        **{split: pa.Table.from_pylist(rows[split], schema=_documents()) for split in SPLITS},
        "frames": pa.Table.from_pylist([_frame(f) for f in load_frames(gold)], schema=_frames()),
    }
    for name, table in tables.items():
        pq.write_table(table, output / f"{name}.parquet", compression="zstd")
    for name in ("GUIDELINES.md", "SOURCES.md", "AGREEMENT.md"):
        shutil.copyfile(gold / name, output / name)
    (output / "README.md").write_text(_card(rows, tables["frames"].num_rows), encoding="utf-8")
    metadata = json.dumps(_croissant(output, tables), indent=1, ensure_ascii=False)
    (output / "croissant.json").write_text(metadata + "\n", encoding="utf-8")
    return {name: table.num_rows for name, table in tables.items()}


# --- rows


def _row(gold: Extraction) -> dict[str, Any]:
    document, meta = gold.document, gold.document.meta
    return {
        "id": document.id,
        "language": document.language,
        "origin": meta.get("origin", "authored"),
        "source": meta.get("source"),
        "licence": meta.get("licence"),
        "country": meta.get("country"),
        "passes": int(meta.get("passes", "1")),
        "text": document.text,
        "mentions": [
            {"id": m.id, "start": m.start, "end": m.end, "label": m.label, "text": m.text}
            for m in gold.mentions
        ],
        "claims": [_claim(gold, claim) for claim in gold.claims],
    }


def _claim(gold: Extraction, claim: Any) -> dict[str, Any]:
    amount = gold.mention(claim.money)
    money = amount.money
    if money is None:
        raise ValueError(f"{gold.document.id}: {claim.money} is no amount")
    return {
        "money": claim.money,
        "low": None if money.low is None else str(money.low),
        "high": None if money.high is None else str(money.high),
        "currency": money.currency,
        "approx": money.approx,
        "vague": money.vague,
        "per": money.per,
        "negative": claim.negative,
        "type": claim.type,
        "modality": claim.modality,
        "attribution": claim.attribution,
        "speaker": claim.speaker,
        "period": claim.period,
        "roles": {role: list(claim.roles.get(role, ())) for role in ROLES},
    }


def _frame(frame: Frame) -> dict[str, Any]:
    return {
        "language": frame.language,
        "text": frame.text,
        "claims": [
            {
                "slot": slot,
                "type": claim.type,
                "modality": claim.modality,
                "attribution": claim.attribution,
                "negative": claim.negative,
            }
            for slot, claim in frame.claims.items()
        ],
    }


def _documents() -> Any:
    import pyarrow as pa

    text, number, flag = pa.string(), pa.int32(), pa.bool_()
    mention = pa.struct(
        [("id", text), ("start", number), ("end", number), ("label", text), ("text", text)]
    )
    claim = pa.struct(
        [
            *((n, text) for n in ("money", "low", "high", "currency")),
            *((n, flag) for n in ("approx", "vague")),
            ("per", text),
            ("negative", flag),
            *((n, text) for n in ("type", "modality", "attribution", "speaker", "period")),
            ("roles", pa.struct([(role, pa.list_(text)) for role in ROLES])),
        ]
    )
    return pa.schema(
        [
            *((n, text) for n in ("id", "language", "origin", "source", "licence", "country")),
            ("passes", number),
            ("text", text),
            ("mentions", pa.list_(mention)),
            ("claims", pa.list_(claim)),
        ]
    )


def _frames() -> Any:
    import pyarrow as pa

    names = ("slot", "type", "modality", "attribution")
    claim = pa.struct([*((n, pa.string()) for n in names), ("negative", pa.bool_())])
    return pa.schema(
        [("language", pa.string()), ("text", pa.string()), ("claims", pa.list_(claim))]
    )


# --- what is told about them


def _card(rows: Mapping[str, Sequence[Mapping[str, Any]]], frames: int) -> str:
    head = "\n".join(f"  - split: {s}\n    path: {s}.parquet" for s in SPLITS)
    parts = [
        f"---\nlicense: cc-by-4.0\ntask_categories:\n- token-classification\nlanguage: "
        f"[{', '.join(sorted({r['language'] for s in SPLITS for r in rows[s]}))}]\n"
        f"configs:\n- config_name: documents\n  default: true\n  data_files:\n{head}\n"
        "- config_name: frames\n  data_files: frames.parquet\n---\n",
        f"# Monetary claims, schema {SCHEMA_VERSION}\n\n{_ABOUT}\n",
        "Annotated by a language model under GUIDELINES.md, in the passes that each document "
        "tells, and checked by a program; not by human experts. AGREEMENT.md tells how well two "
        "passes agree. The annotations are CC BY 4.0; each text keeps the licence in its row, and "
        "SOURCES.md names the sources. Offsets count Unicode code points; "
        "`text[start:end] == mentions.text`. Amounts are exact decimals, written as text.\n",
        f"Besides the documents there are {frames} frames: sentences with slots.\n",
        "## Counts\n",
    ]
    for split in SPLITS:
        claims = [c for r in rows[split] for c in r["claims"]]
        parts.append(
            f"### {split}: {len(rows[split])} documents, {len(claims)} claims\n\n"
            + _counts("language", (r["language"] for r in rows[split]))
            + _counts("origin", (r["origin"] for r in rows[split]))
            + _counts("passes", (str(r["passes"]) for r in rows[split]))
            + _counts("licence", (r["licence"] for r in rows[split]))
            + "".join(
                _counts(f, (c[f] for c in claims)) for f in ("type", "modality", "attribution")
            )
        )
    parts.append(
        "## Limits\n\nAuthored articles imitate news and are harder than most of it; the "
        "sentences from encyclopaedias and treebanks are tokenised text, joined again by rule. "
        "Firms of authored texts are often invented, and so are the facts.\n"
    )
    return "\n".join(parts)


def _counts(name: str, values: Iterable[str]) -> str:
    found = ", ".join(f"{value} {count}" for value, count in Counter(values).most_common())
    return f"- {name}: {found}\n"


def _croissant(output: Path, tables: Mapping[str, Any]) -> dict[str, Any]:
    files = [
        {
            "@type": "cr:FileObject",
            "@id": f"{name}.parquet",
            "name": f"{name}.parquet",
            "contentUrl": f"{name}.parquet",
            "encodingFormat": "application/x-parquet",
            "sha256": hashlib.sha256((output / f"{name}.parquet").read_bytes()).hexdigest(),
        }
        for name in tables
    ]
    records = [
        {
            "@type": "cr:RecordSet",
            "@id": name,
            "name": name,
            "description": f"{table.num_rows} rows",
            "field": [
                {
                    "@type": "cr:Field",
                    "@id": f"{name}/{column.name}",
                    "name": column.name,
                    "dataType": "sc:Integer" if str(column.type) == "int32" else "sc:Text",
                    "source": {
                        "fileObject": {"@id": f"{name}.parquet"},
                        "extract": {"column": column.name},
                    },
                }
                for column in table.schema
                if not str(column.type).startswith("list")
            ],
        }
        for name, table in tables.items()
    ]
    return {
        "@context": {
            "@language": "en",
            "@vocab": "https://schema.org/",
            "sc": "https://schema.org/",
            "cr": "http://mlcommons.org/croissant/",
            "rai": "http://mlcommons.org/croissant/RAI/",
            "dct": "http://purl.org/dc/terms/",
            "conformsTo": "dct:conformsTo",
            "column": "cr:column",
            "data": {"@id": "cr:data", "@type": "@json"},
            "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
            "extract": "cr:extract",
            "field": "cr:field",
            "fileObject": "cr:fileObject",
            "recordSet": "cr:recordSet",
            "source": "cr:source",
        },
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": "monetary-claims",
        "description": _ABOUT,
        "license": _LICENCE,
        "version": SCHEMA_VERSION,
        "rai:dataAnnotationProtocol": "GUIDELINES.md; a language model, in one or two passes",
        "rai:dataLimitations": "README.md, section Limits",
        "distribution": files,
        "recordSet": records,
    }
