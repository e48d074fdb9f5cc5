"""Articles to documents: cleaning, blocks, sentences, language."""

from __future__ import annotations

from extractor.text.document import read_document

__all__ = ["read_document"]
