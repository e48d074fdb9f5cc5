"""The names that the rules know by heart: `gazetteer.toml`."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files


@cache
def media_names() -> frozenset[str]:
    """Media houses and news agencies, casefolded."""
    path = files("extractor.cues") / "gazetteer.toml"
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    return frozenset(name.casefold() for name in table["media"])
