"""Which language a text is in: langdetect with priors, py3langid for short blocks."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from extractor.taxonomy import LANGUAGES

if TYPE_CHECKING:
    from langdetect.detector_factory import DetectorFactory

UNDETERMINED = "und"
SAMPLE_CHARS = 600
LONG_BLOCK_WORDS = 20
SHORT_BLOCK_WORDS = 6
_SUPPORTED_MASS = 0.9
_SURE = 0.95


@cache
def _factory() -> DetectorFactory:
    from langdetect import detector_factory

    detector_factory.DetectorFactory.seed = 0
    detector_factory.init_factory()
    return detector_factory._factory


@cache
def _priors() -> dict[str, float]:
    """Nine in ten texts are in a supported language; the rest shares a tenth."""
    every = _factory().get_lang_list()
    rest = (1 - _SUPPORTED_MASS) / (len(every) - len(LANGUAGES))
    return {code: _SUPPORTED_MASS / len(LANGUAGES) if code in LANGUAGES else rest for code in every}


@cache
def _langid() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(list(LANGUAGES))
    return identifier


def detect(text: str) -> tuple[str, float]:
    """ISO 639-1 code and probability of a text, or `und` and 0.

    Reads the first 600 characters with langdetect (seeded, priors on the
    supported languages); a text of few words is asked of py3langid, which
    errs far less on headlines, and is believed only where it is sure.
    """
    sample = text[:SAMPLE_CHARS]
    if not any(c.isalpha() for c in sample):
        return UNDETERMINED, 0.0
    if len(sample.split()) < LONG_BLOCK_WORDS:
        return _detect_short(sample)
    found = _langdetect(sample)
    return found[0] if found else (UNDETERMINED, 0.0)


def _langdetect(sample: str) -> list[tuple[str, float]]:
    """Codes and probabilities, the likeliest first; empty where nothing is known."""
    from langdetect import LangDetectException

    detector = _factory().create()
    detector.set_prior_map(_priors())
    detector.append(sample)
    try:
        return [(str(p.lang)[:2], float(p.prob)) for p in detector.get_probabilities()]
    except LangDetectException:
        return []


def _detect_short(sample: str) -> tuple[str, float]:
    general = _langdetect(sample)
    if not general or sum(c.isascii() or c.isalpha() for c in sample) < len(sample) / 2:
        return UNDETERMINED, 0.0
    if not any("LATIN" in _name(c) for c in sample if c.isalpha()):
        return general[0]
    code, score = _langid().classify(sample)
    return (str(code), float(score)) if score >= _SURE / 2 else (UNDETERMINED, float(score))


def _name(char: str) -> str:
    import unicodedata

    return unicodedata.name(char, "")


def nearest_supported(text: str) -> str:
    """The supported language that a text looks most like."""
    if not any(c.isalpha() for c in text[:SAMPLE_CHARS].replace("€", "")):
        return "en"
    code, _ = _langid().classify(text[:SAMPLE_CHARS])
    return str(code)


def block_language(text: str, article: str) -> str:
    """The language of a block: its article's, unless the block clearly speaks another.

    py3langid is asked first, for it is fast; langdetect, the slower judge, only
    about long blocks where py3langid objects.
    """
    words = text.split(None, LONG_BLOCK_WORDS)
    if len(words) < SHORT_BLOCK_WORDS:
        return article
    code, score = _langid().classify(text[:SAMPLE_CHARS])
    if code == article or score < _SURE:
        return article
    if len(words) <= LONG_BLOCK_WORDS:
        return str(code) if score >= 0.999 else article
    found = _langdetect(text[:SAMPLE_CHARS])
    if found and found[0][1] >= _SURE and found[0][0] in LANGUAGES:
        return found[0][0]
    return article
