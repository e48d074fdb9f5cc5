"""Readers and writers, one file a format.

To add one: a file with `articles` (a reader), and its suffixes in `media.py` and a
line in `readers.py`; or with `Writer` and `records`, and a line in `writers.py`.
"""

from __future__ import annotations

from extractor.formats.readers import read_articles
from extractor.formats.writers import open_writer, read_records

__all__ = ["open_writer", "read_articles", "read_records"]
