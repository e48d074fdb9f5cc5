"""Words of a text as the cues see them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from extractor.cues.pattern import AMOUNT, NAME, OTHER, spell
from extractor.schema import Mention

BREAK = "\n"  # the word that stands for the end of a sentence or a line
COMMA = ","
_TOKEN = re.compile(r"([^\W_]+)|[.!?;:…]+(?=\s|[\"'»”’)\]]|$)|\n|(,)(?=\s)")
_MASKS = {"MONEY": AMOUNT, "FIRM": NAME, "ORG": NAME}
_BARE_TEXT_WORDS = 40  # a text of so many words without an accent leaves them out


@dataclass(frozen=True, slots=True)
class Tokens:
    """Words of a text as parallel lists: spelling, start and end.

    An amount is the one word `#`, a firm or body `@`, another name `&`; commas
    and breaks are words too.
    `bare` holds the words that may lack their accents: those in capitals, and
    all words of a long text that has no accent at all.
    """

    words: list[str]
    starts: list[int]
    ends: list[int]
    bare: set[int] = field(default_factory=set)

    def __len__(self) -> int:
        return len(self.words)


def tokenize(text: str, mentions: Sequence[Mention] = (), offset: int = 0) -> Tokens:
    """Words of a text; each mention is one word.

    Args:
        text: Any text.
        mentions: In text order, not overlapping, offsets as in the result.
        offset: Added to all offsets: where `text` starts in its document.
    """
    words: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    bare: set[int] = set()
    at = 0
    for mention in (*mentions, None):
        stop = len(text) if mention is None else mention.start - offset
        for match in _TOKEN.finditer(text, at, max(at, stop)):
            word, comma = match.groups()
            if word and word[0].isupper():
                bare.add(len(words))
            words.append(spell(word) if word else COMMA if comma else BREAK)
            starts.append(match.start() + offset)
            ends.append(match.end() + offset)
        if mention is not None:
            words.append(_MASKS.get(mention.label, OTHER))
            starts.append(mention.start)
            ends.append(mention.end)
            at = mention.end - offset
    if len(words) >= _BARE_TEXT_WORDS and text.isascii():
        bare.update(range(len(words)))
    return Tokens(words, starts, ends, bare)
