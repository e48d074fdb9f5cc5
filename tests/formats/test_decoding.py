"""Bytes to text: which character set, and what decided it."""

from __future__ import annotations

import pytest

from extractor.formats.decoding import charset, decode, labels_in

FRENCH = "Le trou serait de 27 à 29 milliards d’euros – c’est écrit, paraît-il."
GERMAN = "Die Lücke beträgt 27 bis 29 Milliarden Euro, hieß es am Dienstag in München."
RUSSIAN = "Компания сообщила, что прибыль выросла до 3,5 млрд рублей."
GREEK = "Η εταιρεία ανακοίνωσε ότι τα κέρδη αυξήθηκαν σε 3,5 δισεκατομμύρια ευρώ."
JAPANESE = "同社は昨年の利益が三五億円に増加したと発表した。"
CHINESE = "该公司宣布去年利润增至35亿元。知情人士称，此次收购总额约为1200万欧元。"


def html(label: str, words: str) -> str:
    return f'<html><head><meta charset="{label}"></head><p>{words}'


def xml(label: str, words: str) -> str:
    return f'<?xml version="1.0" encoding="{label}"?><p>{words}</p>'


# text, its character set, what comes with it from outside, what is told
CASES = [
    ("ascii", "2.9 bn", "utf-8", (), None, None),
    ("plain", FRENCH, "utf-8", (), None, None),
    ("utf-8 with a mark", FRENCH, "utf-8-sig", (), None, None),
    ("utf-16", FRENCH, "utf-16", (), "utf-16", "bom"),
    ("utf-32", FRENCH, "utf-32", (), "utf-32", "bom"),
    ("a mark is over what is declared", html("koi8-r", FRENCH), "utf-16", (), "utf-16", "bom"),
    ("meta", html("windows-1251", RUSSIAN), "cp1251", (), "cp1251", "declared"),
    ("xml", xml("KOI8-R", RUSSIAN), "koi8-r", (), "koi8-r", "declared"),
    ("latin-1 is read as cp1252", html("latin1", FRENCH), "cp1252", (), "cp1252", "declared"),
    ("from outside", RUSSIAN, "koi8-r", ("koi8-r",), "koi8-r", "declared"),
    ("outside is over inside", html("cp1253", RUSSIAN), "cp1251", ("cp1251",), "cp1251",
     "declared"),
    ("outside says nothing known", html("cp1251", RUSSIAN), "cp1251", ("x-user",), "cp1251",
     "declared"),
    ("a lie: it is utf-8", html("iso-8859-1", FRENCH), "utf-8", (), None, None),
    ("a lie: it is utf-8, not wide", html("utf-16", RUSSIAN), "utf-8", ("utf-16",), None, None),
    ("a lie: it is utf-8, not Japanese", html("shift_jis", CHINESE), "utf-8", (), None, None),
    ("a lie: it is not utf-8", html("utf-8", FRENCH), "cp1252", (), "cp1252", "detected"),
    ("a lie: it is not Japanese", html("euc-jp", FRENCH), "cp1252", (), "cp1252", "detected"),
    ("detected: French", FRENCH, "cp1252", (), "cp1252", "detected"),
    ("detected: German", GERMAN, "cp1252", (), "cp1252", "detected"),
    ("detected: one letter", "Il a levé 5 M", "cp1252", (), "cp1252", "detected"),
    ("detected: Russian", RUSSIAN, "cp1251", (), "cp1251", "detected"),
    ("detected: Greek", GREEK, "cp1253", (), "cp1253", "detected"),
    ("detected: Japanese", JAPANESE, "euc_jp", (), "euc_jp", "detected"),
    ("detected: Chinese", CHINESE, "gb18030", (), "gb18030", "detected"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "written", "labels", "encoding", "by"),
    [pytest.param(*case[1:], id=case[0]) for case in CASES],
)
def test_cases(
    text: str, written: str, labels: tuple[str, ...], encoding: str | None, by: str | None
) -> None:
    raw = text.encode(written)
    decoded = decode(raw, [*labels, *labels_in(raw, "text/html")])
    assert decoded.text == text
    told = {"encoding": encoding, "encoding_by": by}
    assert decoded.meta == ({} if encoding is None else told)


@pytest.mark.parametrize("labels", [(), ("iso-8859-1",)])
def test_a_damaged_byte_costs_only_itself(labels: tuple[str, ...]) -> None:
    raw = (FRENCH * 20).encode()
    at = raw.index("é".encode())
    decoded = decode(raw[:at] + b"\xff" + raw[at:], labels)
    assert decoded.text.replace("\ufffd", "") == FRENCH * 20
    assert decoded.meta == {"encoding": "utf-8", "encoding_by": "detected"}


def test_a_declared_set_may_leave_a_byte_unread() -> None:
    raw = (RUSSIAN * 3).encode("cp1251") + b"\x98"
    assert decode(raw, ["cp1251"]).text == RUSSIAN * 3 + "\ufffd"


@pytest.mark.parametrize(
    "label", ["", "nonsense", "base64", "rot13", "utf-7", "unicode_escape", "idna", "utf-16", "é"]
)
def test_what_is_no_character_set_of_documents(label: str) -> None:
    assert charset(label) is None


def test_a_declaration_is_heeded_at_the_top_only() -> None:
    page = "<html>" + "<p>x</p>" * 1000 + html("cp1251", FRENCH)
    assert labels_in(page.encode(), "text/html") == []
    assert labels_in(b'<meta charset="cp1251">', "text/plain") == []
