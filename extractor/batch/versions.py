"""Versions of what decides the bytes of an output, beside inputs, options and model."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import version
from pathlib import Path

import extractor

_PACKAGES = (
    "babel", "charset-normalizer", "feedparser", "langdetect", "lxml", "numpy", "py3langid",
    "pyarrow", "tokenizers", "torch", "trafilatura", "transformers", "warcio",
)  # fmt: skip
_DIGITS = 12


@cache
def versions() -> dict[str, str]:
    """Of the packages, and of this one with a hash of its code and data files."""
    found = {name: version(name) for name in _PACKAGES}
    return {"extractor": f"{extractor.__version__}+{_code_hash()}", **found}


def _code_hash() -> str:
    """Of the modules and TOML files as they are here, released or not."""
    root, digest = Path(extractor.__file__).parent, hashlib.sha256()
    for path in sorted(p for p in root.rglob("*") if p.suffix in (".py", ".toml")):
        data = path.read_bytes()
        digest.update(f"{path.relative_to(root).as_posix()} {len(data)}\n".encode())
        digest.update(data)
    return digest.hexdigest()[:_DIGITS]
