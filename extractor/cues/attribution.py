"""Party, outsider, media or nobody: what kind of source an amount has."""

from __future__ import annotations

from collections.abc import Collection

from extractor.cues.gazetteer import media_names
from extractor.cues.scene import Scene
from extractor.cues.speech import Speech
from extractor.schema import Mention
from extractor.taxonomy import PARTY_LABELS

_MEDIA_WORDS = 4
_TITLE_WORDS = 6
_AFFILIATION_WORDS = 10
_OTHERS_FIGURES = ("figure.aggregate", "figure.price")  # of no firm in particular


def attribution_votes(
    scene: Scene, at: int, speech: Speech, parties: Collection[str], type_: str
) -> dict[str, float]:
    """Votes for the attribution of an amount.

    Args:
        scene: The document.
        at: The word of the amount.
        speech: Its sources.
        parties: Names of those who have a role in its claim.
        type_: What its claim most likely is.
    """
    votes = dict(speech.others)
    kinds = {
        scene.said_by(source).id: _kind(scene, at, source, how, parties, type_)
        for source, how in speech.sources.items()
    }
    for id, weight in speech.speakers.items():
        kind = kinds[id]
        votes[kind] = votes.get(kind, 0.0) + weight
    return votes


def _kind(
    scene: Scene, at: int, source: int, how: str, parties: Collection[str], type_: str
) -> str:
    mention = scene.said_by(source)
    if _is_media(scene, source, mention):
        return "media"
    if mention.label == "PERSON":
        return _kind_of_person(scene, source, parties)
    if mention.text in parties or (mention.entity or mention.text) in parties:
        return "party"
    alone = how == "verbs" and type_ not in _OTHERS_FIGURES
    return "party" if alone and not _has_others(scene, at, mention) else "third"


def _kind_of_person(scene: Scene, source: int, parties: Collection[str]) -> str:
    title = title_of(scene, source)
    if title == "outsiders":
        return "third"
    near = (a for a in scene.actors_near(source, _AFFILIATION_WORDS) if a.at != source)
    beside = [a.mention for a in near if scene.sentence[a.at] == scene.sentence[source]]
    if any(mention.text in parties for mention in beside):
        return "party"
    firms = any(mention.label in PARTY_LABELS for mention in beside)
    return "party" if title == "insiders" and (firms or not parties) else "third"


def _has_others(scene: Scene, at: int, mention: Mention) -> bool:
    """Whether another firm or body is named in the sentence of an amount."""
    return any(
        actor.mention.label in PARTY_LABELS
        and actor.mention.text != mention.text
        and scene.sentence[actor.at] == scene.sentence[at]
        for actor in scene.actors_near(at)
    )


def title_of(scene: Scene, at: int) -> str:
    """`insiders` or `outsiders` by the title beside a person, or ""."""
    best, way = "", _TITLE_WORDS + 1
    for value in ("insiders", "outsiders"):
        for placed in scene.near("syntax:" + value, at, 2 * _TITLE_WORDS):
            apart = placed.first - at if placed.first > at else 2 + at - placed.last
            if 0 < apart < way and scene.sentence[placed.first] == scene.sentence[at]:
                best, way = value, apart
    return best


def affiliation_of(scene: Scene, at: int) -> int | None:
    """The word of the firm that a person is said to be of, right after the name."""
    for actor in scene.actors_near(at, _AFFILIATION_WORDS):
        if actor.at > at:
            same = scene.sentence[actor.at] == scene.sentence[at]
            return actor.at if same and actor.mention.label in PARTY_LABELS else None
    return None


def _is_media(scene: Scene, at: int, mention: Mention) -> bool:
    """Whether a speaker is a media house, by its name or by the words beside it."""
    if mention.text.casefold() in media_names():
        return True
    return mention.label != "PERSON" and any(
        placed.cue.value == "media"
        and min(abs(placed.last - at), abs(placed.first - at)) <= _MEDIA_WORDS
        for placed in scene.near("speech", at, _MEDIA_WORDS + 3)
    )
