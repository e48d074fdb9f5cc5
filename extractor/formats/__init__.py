"""Readers and writers, one file a format.

To add one: a file with `articles` (a reader), `Writer` and `records`, and a line
in the table of `readers.py` or `writers.py`.
"""

from __future__ import annotations

from extractor.formats.readers import read_articles
from extractor.formats.writers import open_writer, read_records

__all__ = ["open_writer", "read_articles", "read_records"]
