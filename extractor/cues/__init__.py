"""Cues: triggers, modality and speech; the matcher and the rule labeller."""

from __future__ import annotations

from extractor.cues.dates import date_mentions
from extractor.cues.evidence import Evidence, evidence
from extractor.cues.labeller import label
from extractor.cues.lexicon import Lexicon, lexicon
from extractor.cues.matcher import Cue, find_cues
from extractor.cues.names import find_names, may_hold_name

__all__ = [
    "Cue",
    "Evidence",
    "Lexicon",
    "date_mentions",
    "evidence",
    "find_cues",
    "find_names",
    "label",
    "lexicon",
    "may_hold_name",
]
