"""The exceptions of the package.

    ExtractorError
    ├── InputError     an article or file cannot be read
    ├── FormatError    a file is readable but not in the format it claims
    ├── BundleError    a model bundle is missing, broken or foreign
    ├── LexiconError   a language file breaks its rules
    ├── UnknownName    a name outside a closed list (language, type, format)
    └── MissingExtra   an optional package is not installed

A message says where, what was there and what to do. Of all other exceptions, `of_machine`
says whether they cost an article or stop a run.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class ExtractorError(Exception):
    """Base of everything the package raises on purpose."""


class InputError(ExtractorError):
    """An article or file cannot be read."""


class FormatError(ExtractorError):
    """A file is readable but breaks the format it claims."""


class BundleError(ExtractorError):
    """A model bundle is missing, broken or not ours."""


class LexiconError(ExtractorError):
    """A language data file breaks its rules."""


class UnknownName(ExtractorError):
    """A name is outside a closed list."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        names = sorted(known)
        near = get_close_matches(name, names, n=1)
        hint = f" Did you mean '{near[0]}'?" if near else ""
        super().__init__(f"Unknown {kind} '{name}'.{hint} Known: {', '.join(names)}.")


class MissingExtra(ExtractorError):
    """An optional package is not installed."""

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(
            f"This needs the package '{package}'. Install it with: pip install 'extractor[{extra}]'"
        )


OF_ARTICLES = (InputError, FormatError)
_NO_MEMORY = ("out of memory", "can't allocate memory")


def of_machine(error: Exception) -> bool:
    """Whether it is the machine or the installation that fails, and not the article.

    Memory runs out, a disk is full, a device breaks, a data file is missing: the next
    article would fail likewise.
    """
    if isinstance(error, (MemoryError, OSError, ImportError)):
        return True
    if no_memory(error) or (isinstance(error, RuntimeError) and "CUDA error" in str(error)):
        return True
    return isinstance(error, ExtractorError) and not isinstance(error, OF_ARTICLES)


def no_memory(error: Exception) -> bool:
    """Whether a GPU or the processor had no memory for a tensor, as torch tells it."""
    if not isinstance(error, RuntimeError):
        return False
    told = str(error)
    return type(error).__name__ == "OutOfMemoryError" or any(sign in told for sign in _NO_MEMORY)
