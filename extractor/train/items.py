"""Gold as the network's inputs and targets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from extractor.cues import Cue, evidence, find_cues
from extractor.link.firms import entities
from extractor.model.inputs import (
    Amounts,
    Candidates,
    Floats,
    Places,
    gather_amounts,
    pair_up,
    tag_pieces,
)
from extractor.model.labels import ATTRIBUTIONS, BIO, LINKS, MODALITIES, ROLES, TYPE_NAMES
from extractor.model.windows import Window, cut_windows
from extractor.schema import Claim, Extraction, Mention

# Sets that do not tell firms from bodies, or do not mark dates, teach what they know:
# a target is the set of tags that it allows.
_PARTY_B, _PARTY_I, _MAYBE_O = len(BIO), len(BIO) + 1, len(BIO) + 2


def allowed_tags() -> NDArray[np.bool_]:
    """Which tags each BIO target allows. Shape: (targets, tags)."""
    table = np.zeros((_MAYBE_O + 1, len(BIO)), dtype=bool)
    table[: len(BIO)] = np.eye(len(BIO), dtype=bool)
    for target, edge in ((_PARTY_B, "B"), (_PARTY_I, "I")):
        table[target, [BIO.index(f"{edge}-FIRM"), BIO.index(f"{edge}-ORG")]] = True
    table[_MAYBE_O, [BIO.index(tag) for tag in ("O", "B-DATE", "I-DATE")]] = True
    return table


@dataclass(frozen=True, slots=True)
class Item:
    """A window with its targets.

    Attributes:
        bio: Index into `allowed_tags`. Shape: (P,).
        classes: Type, modality, attribution, negative of each amount. Shape: (M, 4).
        entity: Group of each pair: amount and entity. Shape: (K,).
        links: Gold of each group. Shape: (groups, links).
        weight: Of this item's losses.
    """

    window: Window
    tags: Floats
    amounts: Amounts
    candidates: Candidates
    bio: NDArray[np.int64]
    classes: NDArray[np.int64]
    entity: NDArray[np.int64]
    links: Floats
    weight: float = 1.0


def make_items(gold: Extraction, tokenizer: Tokenizer, weight: float = 1.0) -> Iterator[Item]:
    """The windows of an annotated document that hold an amount or a name."""
    document, mentions = gold.document, sorted(gold.mentions, key=lambda m: m.start)
    amounts = [m for m in mentions if m.label == "MONEY"]
    names = [m for m in mentions if m.label != "MONEY"]
    cues: Sequence[Cue] = find_cues(document.text, document.grammar_language, amounts)
    found = evidence(document, mentions)
    by_id = {a.id: e for a, e in zip(amounts, found, strict=True)}
    claims = {c.money: c for c in gold.claims}
    places, full = Places.of(document), entities(names, document)
    for window in cut_windows(document, amounts, tokenizer):
        held = gather_amounts(window, places, amounts, by_id)
        bio = _bio(window, names, partial=gold.model == "ner")
        if not held.mentions and not (bio > 0).any():
            continue
        offered = pair_up(window, places, held, names, by_id)
        entity, links = _link_targets(held, offered, claims, full)
        yield Item(
            window=window,
            tags=tag_pieces(window, cues, amounts),
            amounts=held,
            candidates=offered,
            bio=bio,
            classes=_classes([claims[m.id] for m in held.mentions]),
            entity=entity,
            links=links,
            weight=weight,
        )


def _bio(window: Window, names: Sequence[Mention], *, partial: bool) -> NDArray[np.int64]:
    bio = np.full(len(window.pieces), _MAYBE_O if partial else 0, dtype=np.int64)
    bio[window.starts == window.ends] = 0
    for mention in names:
        first, last = window.range(mention.start, mention.end)
        if first == last:
            continue
        party = partial and mention.label in ("FIRM", "ORG")
        bio[first] = _PARTY_B if party else BIO.index(f"B-{mention.label}")
        bio[first + 1 : last] = _PARTY_I if party else BIO.index(f"I-{mention.label}")
    return bio


def _classes(claims: Sequence[Claim]) -> NDArray[np.int64]:
    rows = [
        (
            TYPE_NAMES.index(c.type),
            MODALITIES.index(c.modality),
            ATTRIBUTIONS.index(c.attribution),
            int(c.negative),
        )
        for c in claims
    ]
    return np.asarray(rows, dtype=np.int64).reshape(-1, 4)


def _link_targets(
    held: Amounts, offered: Candidates, claims: dict[str, Claim], full: dict[str, str]
) -> tuple[NDArray[np.int64], Floats]:
    """Groups pairs by entity: a firm holds a role through any of its mentions."""
    groups: dict[tuple[int, str], int] = {}
    entity = np.zeros(len(offered.amount), dtype=np.int64)
    for k, (i, j) in enumerate(zip(offered.amount, offered.candidate, strict=True)):
        mention = offered.mentions[int(j)]
        name = full.get(mention.id, mention.id if mention.label == "DATE" else mention.text)
        entity[k] = groups.setdefault((int(i), name), len(groups))
    links = np.zeros((len(groups), len(LINKS)), dtype=np.float32)
    for (i, name), group in groups.items():
        claim = claims[held.mentions[i].id]
        for column, link in enumerate(LINKS):
            fillers = _fillers(claim, link)
            links[group, column] = any(full.get(f, f) == name for f in fillers)
    return entity, links


def _fillers(claim: Claim, link: str) -> tuple[str, ...]:
    if link in ROLES:
        return claim.roles.get(link, ())
    one = claim.speaker if link == "speaker" else claim.period
    return (one,) if one else ()
