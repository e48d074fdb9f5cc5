"""The gold of a folder and its splits.

real/*-test.txt     test: never read by training
real/source-fr.txt  development
real/*-train*.txt   training
articles/*.txt      authored: one document in eight develops, the rest trains
frames/*.txt        training, filled anew each epoch
ner/*.jsonl         training of names alone
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from extractor.errors import FormatError, InputError
from extractor.schema import Article, Extraction, Mention, content_id
from extractor.train.frames import Frame, read_frames
from extractor.train.notation import read_gold

DEVELOPMENT = "source-fr.txt"
_DEV_SHARE = 8


@dataclass(frozen=True, slots=True)
class Gold:
    """What training reads."""

    real: list[Extraction]
    articles: list[Extraction]
    development: list[Extraction]
    frames: list[Frame]
    firms: list[str]
    names: list[Extraction]


def load_gold(folder: Path) -> Gold:
    """Reads all training and development gold.

    Raises:
        InputError: The folder holds none.
        FormatError: A file breaks its notation.
    """
    if not (folder / "real").is_dir():
        raise InputError(f"{folder}: no folder 'real' in it. Give --gold the annotations folder.")
    real = _read(folder, "real/*-train*.txt")
    development = [*read_gold(folder / "real" / DEVELOPMENT)]
    articles: list[Extraction] = []
    for gold in _read(folder, "articles/*.txt"):
        held_out = int(content_id(gold.document.id), 16) % _DEV_SHARE == 0
        (development if held_out else articles).append(gold)
    frames = [f for p in sorted(folder.glob("frames/*-*.txt")) for f in read_frames(p)]
    firms = (folder / "frames" / "firms.txt").read_text(encoding="utf-8").splitlines()
    names = [g for p in sorted(folder.glob("ner/*.jsonl")) for g in read_names(p)]
    return Gold(real, articles, development, frames, firms, names)


def _read(folder: Path, pattern: str) -> list[Extraction]:
    return [gold for path in sorted(folder.glob(pattern)) for gold in read_gold(path)]


def read_names(path: Path) -> Iterator[Extraction]:
    """Sentences with names: `{"id", "lang", "text", "spans": [[start, end, label]]}`.

    The labels are ORG (a firm or a body), PERSON and PLACE.
    """
    from extractor.text import read_document

    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        row = json.loads(line)
        article = Article(row["text"], id=row["id"], language=row["lang"])
        document = read_document(article, language=row["lang"])
        if document.text != row["text"]:
            raise FormatError(f"{path}:{number}: the text is not clean")
        mentions = tuple(
            Mention(f"{label[0]}{start}-{end}", start, end, label, row["text"][start:end])
            for start, end, label in row["spans"]
        )
        yield Extraction(document, mentions, model="ner")
