"""Calendar expressions to days."""

from __future__ import annotations

import pytest

from extractor.cues.gazetteer import read_table
from extractor.link.dates import resolve_period

CASES = [
    ("fr", "en 2025", "2025-01-01", "2025-12-31"),
    ("fr", "10 novembre 2025", "2025-11-10", "2025-11-10"),
    ("fr", "au T3 2025", "2025-07-01", "2025-09-30"),
    ("fr", "d'ici 2028", None, "2028-12-31"),
    ("fr", "depuis 2020", "2020-01-01", None),
    ("fr", "entre 2015 et 2024", "2015-01-01", "2024-12-31"),
    ("fr", "premier semestre 2024", "2024-01-01", "2024-06-30"),
    ("en", "March 2024", "2024-03-01", "2024-03-31"),
    ("en", "Q1 2026", "2026-01-01", "2026-03-31"),
    ("en", "by 2030", None, "2030-12-31"),
    ("en", "February 29, 2024", "2024-02-29", "2024-02-29"),
    ("de", "3. März 2023", "2023-03-03", "2023-03-03"),
    ("es", "diciembre de 2022", "2022-12-01", "2022-12-31"),
    ("it", "marzo 2021", "2021-03-01", "2021-03-31"),
    ("pt", "até 2027", None, "2027-12-31"),
    ("nl", "mei 2020", "2020-05-01", "2020-05-31"),
    ("fr", "mardi", None, None),
    ("de", "ersten Halbjahr 2024", "2024-01-01", "2024-06-30"),
    ("de", "zweiten Halbjahr 2024", "2024-07-01", "2024-12-31"),
    ("de", "dritten Quartals 2024", "2024-07-01", "2024-09-30"),
    ("de", "1. Quartal 2024", "2024-01-01", "2024-03-31"),
    ("nl", "eerste halfjaar van 2024", "2024-01-01", "2024-06-30"),
    ("nl", "tweede kwartaal 2024", "2024-04-01", "2024-06-30"),
    ("en", "H1 2024", "2024-01-01", "2024-06-30"),
    ("en", "second half of 2024", "2024-07-01", "2024-12-31"),
    ("fr", "S2 2024", "2024-07-01", "2024-12-31"),
    ("fr", "1er semestre 2025", "2025-01-01", "2025-06-30"),
    ("fr", "2e semestre 2025", "2025-07-01", "2025-12-31"),
    ("fr", "4ème trimestre 2025", "2025-10-01", "2025-12-31"),
    ("fr", "dernier trimestre 2025", "2025-10-01", "2025-12-31"),
    ("pt", "2.º semestre de 2025", "2025-07-01", "2025-12-31"),
    ("en", "after 2030", "2031-01-01", None),
    ("en", "before March 2024", None, "2024-02-29"),
    ("en", "since 2024-05-01", "2024-05-01", None),
    ("de", "vor 2026", None, "2025-12-31"),
    ("fr", "avant fin 2026", None, "2026-12-31"),
    ("fr", "dès 2027", "2027-01-01", None),
    ("nl", "vanaf 2027", "2027-01-01", None),
    ("it", "dal 2020 al 2024", "2020-01-01", "2024-12-31"),
]


@pytest.mark.parametrize(("language", "text", "start", "end"), CASES)
def test_periods(language: str, text: str, start: str | None, end: str | None) -> None:
    assert resolve_period(text, language) == (start, end)


BOUNDS = [
    (language, bound)
    for language, table in read_table("dates.toml").items()
    for bound in table["bounds"]
    if bound != "a finales de"  # opens a date and bounds none
]


@pytest.mark.parametrize(("language", "bound"), BOUNDS)
def test_every_bound_leaves_one_side_open(language: str, bound: str) -> None:
    assert resolve_period(f"{bound} 2030", language).count(None) == 1


def test_a_day_that_no_calendar_has_is_not_resolved() -> None:
    assert resolve_period("2024-02-30", "en") == (None, None)


def test_the_article_gives_the_year() -> None:
    assert resolve_period("3 mai", "fr", "2025-11-10") == ("2025-05-03", "2025-05-03")
