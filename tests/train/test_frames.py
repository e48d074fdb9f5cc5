"""Frames, filled: grounded, varied, the same for the same seed."""

from __future__ import annotations

from pathlib import Path

import pytest

from extractor.errors import FormatError
from extractor.taxonomy import LANGUAGES, TYPES
from extractor.train.frames import FrameFiller, read_frames

FRAMES = Path(__file__).parents[2] / "annotations" / "frames"
FIRMS = (FRAMES / "firms.txt").read_text(encoding="utf-8").splitlines()
FILES = sorted(FRAMES.glob("*-*.txt"))


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_frames_fill_to_grounded_claims(path: Path) -> None:
    frames = read_frames(path)
    claims = 0
    for text in FrameFiller(frames, FIRMS, seed=3).epoch():
        by_id = {m.id: m for m in text.mentions}
        for mention in text.mentions:
            assert text.document.text[mention.start : mention.end] == mention.text
        for claim in text.claims:
            claims += 1
            assert by_id[claim.money].label == "MONEY"
            assert set(claim.roles) <= set(TYPES[claim.type].roles)
    assert claims == sum(len(f.claims) for f in frames)


def test_no_two_frames_are_alike() -> None:
    seen: dict[str, str] = {}
    for path in FILES:
        for frame in read_frames(path):
            key = " ".join(frame.text.casefold().split())
            assert key not in seen, f"{path.name} repeats a frame of {seen[key]}: {frame.text}"
            seen[key] = path.name


def test_every_language_has_every_type() -> None:
    held = {(f.language, c.type) for p in FILES for f in read_frames(p) for c in f.claims.values()}
    missing = [(lang, name) for lang in LANGUAGES for name in TYPES if (lang, name) not in held]
    assert not missing


def test_the_seed_decides() -> None:
    frames = read_frames(FILES[0])

    def texts(seed: int) -> list[str]:
        return [e.document.text for e in FrameFiller(frames, FIRMS, seed).epoch()]

    assert texts(1) == texts(1)
    assert texts(1) != texts(2)


@pytest.mark.parametrize(
    "line",
    [
        "@ fr debt.bond asserted",
        "@ xx debt.bond asserted author",
        "@ fr debt.bond asserted author\n{B} x",
        "@ fr debt.bond asserted author\n{A} or no {A}",
    ],
)
def test_broken_frames_are_told(tmp_path, line: str) -> None:
    path = tmp_path / "fr-x.txt"
    path.write_text(line, encoding="utf-8")
    with pytest.raises(FormatError, match=r"fr-x\.txt:\d"):
        read_frames(path)
