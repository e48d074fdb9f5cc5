"""The gold of a folder and its splits.

real/*-test.txt     test: never read by training
real/*-dev.txt      development
real/*-train*.txt   training
articles/*.txt      authored: one document in eight develops, the rest trains
frames/*-*.txt      training, filled anew each epoch
ner/*.jsonl         training of names alone
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from extractor.errors import FormatError, InputError, UnknownName
from extractor.schema import Article, Extraction, Mention, content_id
from extractor.train.frames import Frame, read_frames
from extractor.train.notation import read_gold

SPLITS = ("train", "development", "test")
KINDS = ("real", "articles", "frames", "names")
_DEV_SHARE = 8
_SPLIT = re.compile(r"[a-z]{2}-(train|dev|test)(?:-[0-9]{1,3})?")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Gold:
    """What training reads."""

    real: list[Extraction]
    articles: list[Extraction]
    development: list[Extraction]
    frames: list[Frame]
    firms: list[str]
    names: list[Extraction]

    def part(self, share: float, without: Sequence[str] = (), seed: int = 0) -> Gold:
        """The same with less to train on: a share of each kind, evenly spread.

        Args:
            seed: Which share: seeds 1 and 2 take the two halves.

        Raises:
            UnknownName: `without` holds something that is not of `KINDS`.
        """
        for kind in without:
            if kind not in KINDS:
                raise UnknownName("kind of gold", kind, KINDS)
        kept = {
            kind: [] if kind in without else _thinned(getattr(self, kind), share, seed)
            for kind in KINDS
        }
        return replace(self, **kept)


def _thinned(rows: list[T], share: float, seed: int) -> list[T]:
    return [r for i, r in enumerate(rows, seed) if int((i + 1) * share) > int(i * share)]


def load_gold(folder: Path) -> Gold:
    """Reads all training and development gold.

    Raises:
        InputError: The folder holds none.
        FormatError: A file breaks its notation.
    """
    real, articles, development = list[Extraction](), list[Extraction](), list[Extraction]()
    for path in gold_files(folder):
        for gold in read_gold(path):
            split = split_of(path, gold)
            train = articles if path.parent.name == "articles" else real
            if split != "test":
                (development if split == "development" else train).append(gold)
    firms = (folder / "frames" / "firms.txt").read_text(encoding="utf-8").splitlines()
    names = [g for p in sorted(folder.glob("ner/*.jsonl")) for g in read_names(p)]
    return Gold(real, articles, development, load_frames(folder), firms, names)


def gold_files(folder: Path) -> list[Path]:
    """The files of annotated documents.

    Raises:
        InputError: The folder holds none.
    """
    if not (folder / "real").is_dir():
        raise InputError(f"{folder}: no folder 'real' in it. Give --gold the annotations folder.")
    return [*sorted(folder.glob("real/*.txt")), *sorted(folder.glob("articles/*.txt"))]


def load_frames(folder: Path) -> list[Frame]:
    """All frames of a folder."""
    return [f for p in sorted(folder.glob("frames/*-*.txt")) for f in read_frames(p)]


def split_of(path: Path, gold: Extraction) -> str:
    """The split of a document, one of `SPLITS`.

    Raises:
        InputError: The file's name tells none.
    """
    if path.parent.name == "articles":
        held_out = int(content_id(gold.document.id), 16) % _DEV_SHARE == 0
        return "development" if held_out else "train"
    named = _SPLIT.fullmatch(path.stem)
    if named is None:
        raise InputError(
            f"{path}: which split is it? Name it LANGUAGE-train, -dev or -test, with -2 for more."
        )
    return {"test": "test", "dev": "development", "train": "train"}[named[1]]


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
