"""Claims for people at a terminal."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from extractor.schema import Extraction, Mention, Party, Record
from extractor.taxonomy import ROLES

_STYLES = {
    "debt": "bold red",
    "equity": "bold green",
    "ma": "bold magenta",
    "contract": "bold blue",
    "spending": "bold yellow",
    "public": "bold cyan",
    "figure": "bold white",
    "none": "dim",
}
_PLAIN_WIDTH = 140  # columns where there is no terminal to measure
_NAME_STYLES = {"FIRM": "green", "ORG": "cyan", "PERSON": "magenta", "DATE": "yellow"}
_CONTROL = dict.fromkeys([*range(9), *range(11, 32), 127, *range(0x80, 0xA0)], "\ufffd")


def amount_text(record: Record) -> str:
    """A short exact writing of an amount: `2.7E+10 USD`, `[7E+10, 7.2E+10] USD`."""
    low, high = record.low, record.high
    if low is None and high is None:
        number = "vague"
    elif low == high:
        number = _number(low)
    elif high is None:
        number = f"≥ {_number(low)}"
    elif low is None:
        number = f"≤ {_number(high)}"
    else:
        number = f"{_number(low)} – {_number(high)}"
    around = "~ " if record.approx else ""
    per = f" / {record.per}" if record.per else ""
    sign = "(−) " if record.negative else ""
    return f"{sign}{around}{number} {record.currency or '?'}{per}"


def _number(value: Decimal | None) -> str:
    if value is None:
        return "?"
    return f"{value.normalize():E}" if abs(value) >= 1_000_000 else f"{value:f}"


def _names(parties: Iterable[Party]) -> str:
    return ", ".join(p.name for p in parties)


def print_table(rows: Iterable[Record]) -> None:
    """Prints claims as a table, flushed at each article."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    if not console.is_terminal:
        console = Console(width=_PLAIN_WIDTH)
    table: Table | None = None
    article = None
    for record in rows:
        if record.article_id != article:
            if table is not None:
                console.print(table)
            article = record.article_id
            title = f"{record.title or record.article_id} [{record.language}]"
            shown = Text(_safe(title), style="table.title")  # a string would be read as markup
            table = Table(title=shown, title_justify="left", expand=True)
            for name in ("text", "amount", "type", "modality", "attribution", "roles", "score"):
                table.add_column(name, overflow="fold")
        if table is not None:
            _add_row(table, record)
    if table is not None:
        console.print(table)


def _add_row(table: object, record: Record) -> None:
    from rich.table import Table
    from rich.text import Text

    if not isinstance(table, Table):
        raise TypeError("not a table")
    roles = "\n".join(f"{r}: {_names(getattr(record, r))}" for r in ROLES if getattr(record, r))
    said = f"\n{record.speaker.name}" if record.speaker else ""
    when = f"\n{record.period}" if record.period else ""
    zone = "" if record.zone == "body" else f"\n{record.zone}"
    cells = (
        record.surface, amount_text(record) + when, record.type + zone, record.modality,
        record.attribution + said, roles, f"{record.score:.2f}",
    )  # fmt: skip
    style = _STYLES[record.type.partition(".")[0]]
    table.add_row(
        *(Text(_safe(cell), style=style if i == 2 else "") for i, cell in enumerate(cells))
    )


def _safe(text: str) -> str:
    """Control characters, which a terminal would obey, made visible."""
    return text.translate(_CONTROL)


def print_text(extraction: Extraction) -> None:
    """Prints the text with amounts and names highlighted, claims after amounts."""
    from rich.console import Console
    from rich.text import Text

    claims = {c.money: c for c in extraction.claims}
    text, out, at = extraction.document.text, Text(), 0
    for mention in extraction.mentions:
        if mention.start < at:
            continue
        out.append(_safe(text[at : mention.start]))
        claim = claims.get(mention.id)
        out.append(_safe(mention.text), style=_style(mention, claim.type if claim else None))
        if claim:
            out.append(f" ⟨{claim.type} {claim.modality} {claim.score:.2f}⟩", style="dim")
        at = mention.end
    out.append(_safe(text[at:]))
    Console().print(out)


def _style(mention: Mention, type_: str | None) -> str:
    if type_:
        return "reverse " + _STYLES[type_.partition(".")[0]]
    return _NAME_STYLES.get(mention.label, "")
