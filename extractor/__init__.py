"""Multilingual articles to structured, grounded, checkable monetary claims.

    >>> import extractor
    >>> [m.text for m in extractor.find_money("Meta a levé 27 milliards de dollars.", "fr")]
    ['27 milliards de dollars']

`find_money` is the grammar alone; `load` gives the whole chain.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from extractor.money import find_money
    from extractor.pipeline.core import Extractor, load
    from extractor.pipeline.records import records
    from extractor.schema import Article, Extraction, Record

__all__ = ["Article", "Extraction", "Extractor", "Record", "find_money", "load", "records"]
__version__ = "0.1.0"

_HOMES = {
    "Article": "extractor.schema",
    "Extraction": "extractor.schema",
    "Extractor": "extractor.pipeline.core",
    "Record": "extractor.schema",
    "find_money": "extractor.money",
    "load": "extractor.pipeline.core",
    "records": "extractor.pipeline.records",
}


def __getattr__(name: str) -> Any:
    """Imports a public name on first use, so that `import extractor` stays light."""
    if name not in _HOMES:
        raise AttributeError(f"module 'extractor' has no attribute '{name}'")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
