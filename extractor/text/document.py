"""An article to the document that all offsets refer to."""

from __future__ import annotations

import hashlib
import re
from itertools import islice

from extractor.errors import InputError
from extractor.schema import Article, Block, Document, content_id
from extractor.taxonomy import LANGUAGES
from extractor.text.blocks import split_blocks
from extractor.text.clean import clean_text
from extractor.text.html import TITLE_REACH, Page, read_html
from extractor.text.language import (
    LONG_BLOCK_WORDS,
    UNDETERMINED,
    block_language,
    detect,
    nearest_supported,
)
from extractor.text.sentences import split_sentences

HTML = "text/html"
_LINE = re.compile(r"\S[^\n]*")
_READ = ("title", "heading", "body")
_DECLARED_DOUBT = 0.999


def read_document(article: Article, language: str | None = None) -> Document:
    """Cleans an article, splits it into blocks and sentences, detects its language.

    A title that the article carries beside its body, and that is none of its first
    lines, is put before it.

    Args:
        article: Plain text, or HTML by its `media_type`.
        language: Taken as it is, instead of detecting it.

    Raises:
        InputError: There is no text in it.
    """
    where = article.id or article.url or "article"
    is_page = article.media_type == HTML
    page = read_html(article.body, where) if is_page else Page(article.body)
    text, title_at = _with_title(clean_text(page.text), article.title or page.title)
    if not text.strip():
        raise InputError(f"{where}: no text in it, only white space.")
    kinds = split_blocks(text, title_at, cleaned=is_page)
    code, score = _language(text, kinds, language, article.language or page.language)
    grammar = code if code in LANGUAGES else nearest_supported(_sample(text, kinds))
    blocks = tuple(
        Block(start, end, kind, _of_block(text[start:end], code, forced=language is not None))
        for start, end, kind in kinds
    )
    sentences = tuple(
        sentence
        for block in blocks
        for sentence in split_sentences(
            text,
            block.start,
            block.end,
            block.language if block.language in LANGUAGES else grammar,
        )
    )
    return Document(
        id=article.id or content_id(text),
        text=text,
        blocks=blocks,
        sentences=sentences,
        language=code,
        language_score=score,
        grammar_language=grammar,
        raw_sha256=hashlib.sha256(article.body.encode("utf-8", "surrogatepass")).hexdigest(),
        title=_title(text, blocks, article.title or page.title),
        url=article.url or page.url,
        source=article.source or page.site,
        published=_published(article, page),
        meta=article.meta,
    )


def _with_title(body: str, title: str | None) -> tuple[str, int | None]:
    """The text with its title, and where the line of the title begins."""
    line = " ".join(clean_text(title).split()) if title else ""
    if not line:
        return body, None
    opening = [*islice(_LINE.finditer(body), TITLE_REACH)]
    at = next((m.start() for m in opening if " ".join(m.group().split()) == line), None)
    if at is None and not body.lstrip().startswith(line):
        return f"{line}\n\n{body}", 0
    return body, at if len(opening) > 1 else None  # alone, it is all that the article says


def _sample(text: str, kinds: list[tuple[int, int, str]]) -> str:
    """Text to judge the language by: title and body before menus and adverts."""
    read = "\n".join(text[start:end] for start, end, kind in kinds if kind in _READ)
    return read or text


def _language(
    text: str, kinds: list[tuple[int, int, str]], forced: str | None, declared: str | None
) -> tuple[str, float]:
    """Language and its probability: forced, or declared and not denied, or detected."""
    if forced is not None:
        return forced, 1.0
    sample = _sample(text, kinds)
    code, score = detect(sample)
    known = (declared or "").lower().replace("_", "-").partition("-")[0]
    short = len(sample.split(None, LONG_BLOCK_WORDS)) <= LONG_BLOCK_WORDS
    if known in LANGUAGES and (code == known or short or score < _DECLARED_DOUBT):
        return known, score if code == known else 1.0 - score
    return code, score


def _of_block(text: str, article: str, *, forced: bool) -> str:
    if forced or article == UNDETERMINED or article not in LANGUAGES:
        return article
    return block_language(text, article)


def _published(article: Article, page: Page) -> str | None:
    """The day that comes with an article; of one captured from the web its page's, if known."""
    if "captured" in article.meta:
        return page.published or article.published
    return article.published or page.published


def _title(text: str, blocks: tuple[Block, ...], given: str | None) -> str | None:
    found = next((b for b in blocks if b.kind == "title"), None)
    return text[found.start : found.end] if found else given
