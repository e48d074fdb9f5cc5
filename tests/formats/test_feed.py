"""RSS and Atom: entries to articles, and feeds that are empty, cut, broken or hostile."""

from __future__ import annotations

import logging
import socket
import time
import tracemalloc
from dataclasses import replace

import pytest

from extractor.formats import feed
from extractor.schema import Article
from extractor.text.document import read_document

RSS = """<?xml version="1.0" encoding="{encoding}"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
  xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>
<title>L'Écho &amp;amp; Cie</title><link>https://echo.example</link><language>fr-BE</language>
{items}</channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de"><title>Börse</title>
{items}</feed>"""
RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
  xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel rdf:about="x"><title>Money</title></channel>{items}</rdf:RDF>"""
ITEM = "<item><title>T{0}</title><guid>{0}</guid><description>It pays {0} €.</description></item>"


def rss(items: str, encoding: str = "utf-8") -> str:
    return RSS.format(items=items, encoding=encoding)


def page(html: str) -> str:
    return f"<html><body><article>{html}</article></body></html>"


FULL = """<item><title>Meta &amp;amp; &lt;b&gt;PIMCO&lt;/b&gt; : l&#8217;emprunt</title>
<link>https://echo.example/a?b=1&amp;c=2</link><guid isPermaLink="false">g-1</guid>
<pubDate>Sun, 02 Nov 2025 23:30:00 -0500</pubDate><description>Court.</description>
<content:encoded><![CDATA[<p>Meta a levé 27&nbsp;milliards.</p>]]></content:encoded></item>"""

# feed, item, what the article is
CASES = [
    ("rss", RSS, FULL,
     Article(page("<p>Meta a levé 27&nbsp;milliards.</p>"), id="g-1", media_type="text/html",
             title="Meta & PIMCO : l’emprunt", url="https://echo.example/a?b=1&c=2",
             source="L'Écho & Cie", published="2025-11-03", language="fr-BE")),
    ("a summary alone", RSS, "<item><description>M &lt;i&gt;a&lt;/i&gt; 5 €</description></item>",
     Article(page("M <i>a</i> 5 €"), id="{where}:1", media_type="text/html",
             source="L'Écho & Cie", language="fr-BE")),
    ("a headline alone", RSS, "<item><title>Meta lève 5 M€ &amp; plus</title></item>",
     Article("Meta lève 5 M€ & plus", id="{where}:1", title="Meta lève 5 M€ & plus",
             source="L'Écho & Cie", language="fr-BE")),
    ("a picture has no text", RSS,
     "<item><title>T</title><description>&lt;img src='x'&gt;</description></item>",
     Article("T", id="{where}:1", title="T", source="L'Écho & Cie", language="fr-BE")),
    ("dublin core", RSS,
     "<item><title>T</title><dc:date>2025-01-02</dc:date><dc:language>en</dc:language></item>",
     Article("T", id="{where}:1", title="T", source="L'Écho & Cie", published="2025-01-02",
             language="en")),
    ("no such day", RSS, "<item><title>T</title><pubDate>soon</pubDate></item>",
     Article("T", id="{where}:1", title="T", source="L'Écho & Cie", language="fr-BE")),
    ("atom", ATOM,
     """<entry xml:lang="nl"><id>urn:1</id><title type="text">1 &lt; 2</title>
     <link rel="self" href="https://b.example/self"/><link href="https://b.example/1"/>
     <updated>2025-01-02T03:04:05Z</updated><content type="xhtml"><div
     xmlns="http://www.w3.org/1999/xhtml"><p>Hallo <b>du</b></p></div></content></entry>""",
     Article(page("<p>Hallo <b>du</b></p>"), id="urn:1", media_type="text/html", title="1 < 2",
             url="https://b.example/1", source="Börse", published="2025-01-02", language="nl")),
    ("atom, plain text", ATOM,
     '<entry><content type="text">5 &lt; 6 M€</content><published>2025-01-02</published></entry>',
     Article("5 < 6 M€", id="{where}:1", source="Börse", published="2025-01-02", language="de")),
    ("atom, no text in its content", ATOM,
     '<entry><content type="image/png">AAAA</content><summary>S</summary></entry>',
     Article("S", id="{where}:1", source="Börse", language="de")),
    ("rdf", RDF, '<item rdf:about="u"><title>T</title><link>https://m.example/1</link></item>',
     Article("T", id="u", title="T", url="https://m.example/1", source="Money")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("feed", "item", "article"), [pytest.param(*case[1:], id=case[0]) for case in CASES]
)
@pytest.mark.parametrize("name", ["a.rss", "a.atom", "a.xml", "a"])
def test_entries(read, tmp_path, name: str, feed: str, item: str, article: Article) -> None:
    (found,), errors = read(name, feed.format(items=item, encoding="utf-8"))
    assert errors == []
    where = (tmp_path / name).as_posix()
    assert found == replace(article, id=(article.id or "").format(where=where))


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("Merck zahlt 1,2 Mrd. Euro.", "Merck zahlt 1,2 Mrd. Euro."),
        ("<p>Merck zahlt 1,2 Mrd. Euro.</p><script>pay(9)</script>", "Merck zahlt 1,2 Mrd. Euro."),
        ("<ul><li>Merck 2 Mrd. Euro</li></ul>", "- Merck 2 Mrd. Euro"),
        ("Merck zahlt<br><br>1,2 Mrd.", "Merck zahlt\n\n1,2 Mrd."),
    ],
)
def test_a_short_fragment_is_a_text_to_the_reader_of_pages(read, html: str, text: str) -> None:
    (article,), _ = read(
        "a.rss", rss(f"<item><description><![CDATA[{html}]]></description></item>")
    )
    assert read_document(article).text == text


# Character sets


@pytest.mark.parametrize(
    ("declared", "written", "meta"),
    [
        ("utf-8", "utf-8", {}),
        ("iso-8859-1", "cp1252", {"encoding": "cp1252", "encoding_by": "declared"}),
        ("utf-8", "cp1252", {"encoding": "cp1252", "encoding_by": "detected"}),
        ("iso-8859-1", "utf-8", {}),
        ("utf-16", "utf-16", {"encoding": "utf-16", "encoding_by": "bom"}),
    ],
)
@pytest.mark.parametrize("name", ["a.rss", "a.xml"])
def test_charsets(read, name: str, declared: str, written: str, meta: dict[str, str]) -> None:
    raw = rss("<item><title>Levé – 5 €, c’est écrit à l’été</title></item>", declared)
    (article,), errors = read(name, raw.encode(written))
    assert (article.title, errors) == ("Levé – 5 €, c’est écrit à l’été", [])
    assert article.meta == meta


# Empty, broken, cut


@pytest.mark.parametrize("raw", [rss(""), ATOM.format(items=""), RDF.format(items="")])
def test_an_empty_feed_is_told(read, raw: str) -> None:
    assert read("a.xml", raw) == (
        [],
        [": a feed without entries. Leave it out, or fetch it again."],
    )


@pytest.mark.parametrize(
    "raw", ["", "<html><body>404</body></html>", "nothing", "<rss", "<urlset/>"]
)
def test_what_is_no_feed_is_told(read, raw: str) -> None:
    articles, (message,) = read("a.rss", raw)
    assert articles == []
    assert message == ": neither RSS nor Atom. Give it as text or HTML."


def test_an_entry_without_text_costs_only_itself(read) -> None:
    items = ITEM.format(1) + "<item><link>https://x.example</link></item>" + ITEM.format(3)
    articles, errors = read("a.rss", rss(items))
    assert [a.id for a in articles] == ["1", "3"]
    assert errors == [":2: no text in this entry; present: link, links. Drop it."]


@pytest.mark.parametrize("flaw", ["AT&T", "a &nbsp; b", "<b>", "&undefined;"])
def test_broken_xml_is_read_as_far_as_it_goes(
    read, caplog: pytest.LogCaptureFixture, flaw: str
) -> None:
    items = ITEM.format(1) + f"<item><title>x {flaw}</title></item>" + ITEM.format(3)
    articles, errors = read("a.rss", rss(items))
    assert [a.title for a in articles][::2] == ["T1", "T3"]
    assert errors == []
    assert "not well-formed XML" in caplog.text


@pytest.mark.parametrize(
    "flaw", ["\0", "\x0b", "&#0;", "&#xD800;", "&#55357;", "&#xFFFF;", "&#9999999;"]
)
def test_characters_that_xml_may_not_hold_cost_only_themselves(
    read, caplog: pytest.LogCaptureFixture, flaw: str
) -> None:
    items = f"<item><title>a{flaw}b</title><description>5 M{flaw}</description></item>"
    (article,), errors = read("a.rss", rss(items))
    assert (article.title, errors, caplog.text) == ("a\ufffdb", [], "")
    assert article.body == page("5 M\ufffd")


def test_wherever_a_feed_is_cut_whole_entries_are_kept(read) -> None:
    raw = rss("".join(ITEM.format(n) for n in range(4)))
    whole = [
        raw.index(f"<guid>{n}") + raw[raw.index(f"<guid>{n}") :].index("</item>") + 7
        for n in range(4)
    ]
    for cut in range(raw.index("<channel>"), len(raw) - 1, 3):
        articles, (message,) = read("a.rss", raw[:cut])
        assert [a.id for a in articles] == [str(n) for n in range(4) if whole[n] <= cut]
        if articles:
            assert f"ends in the middle, after {len(articles)} articles, which are kept" in message


# Hostile


def bomb(depth: int, root: str = "") -> str:
    entities = '<!ENTITY e0 "lol">' + "".join(
        f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, depth)
    )
    body = rss(f"<item><title>&e{depth - 1};</title><description>5 M</description></item>")
    declaration, _, rest = body.partition("?>")
    return f"{declaration}?>{root}<!DOCTYPE rss [{entities}]>{rest}"


@pytest.mark.parametrize("before", ["", "<!-- x -->\n", "<?a b?> ", "<!DOCTYPE rss>"])
def test_entities_do_not_grow(read, before: str) -> None:
    tracemalloc.start()
    began = time.process_time()
    try:
        (article,), _ = read("a.rss", bomb(10, before))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert article.title == "&e9;"
    assert article.body == page("5 M")
    assert peak < 10_000_000
    assert time.process_time() - began < 2


def test_nothing_is_opened_or_fetched(read, tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a connection")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    secret = tmp_path / "secret.txt"
    secret.write_text("hidden", encoding="utf-8")
    for system in (secret.as_uri(), "http://127.0.0.1:9/x.dtd"):
        doctype = f'<!DOCTYPE rss SYSTEM "{system}" [<!ENTITY x SYSTEM "{system}">]>'
        body = rss("<item><title>a &x; b</title></item>").partition("?>")[2]
        (article,), _ = read("a.rss", doctype + body)
        assert "hidden" not in repr(article)
    # A string that names a file or an address is taken for the feed itself.
    for name in (str(secret), "http://127.0.0.1:9/feed.rss"):
        assert read("b.rss", name)[0] == []


def test_an_unforeseen_error_costs_its_entry(read, monkeypatch: pytest.MonkeyPatch) -> None:
    body = feed._body

    def poison(entry: dict[str, str]) -> tuple[str, str, str | None]:
        return body(entry) if entry["id"] != "2" else 1 // 0

    monkeypatch.setattr(feed, "_body", poison)
    articles, (message,) = read("a.rss", rss("".join(ITEM.format(n) for n in (1, 2, 3))))
    assert [a.id for a in articles] == ["1", "3"]
    assert message.startswith(":2: ZeroDivisionError: ")


def test_declarations_before_the_root_take_time_in_proportion(read) -> None:
    body = rss(ITEM.format(1)).partition("?>")[2]
    began = time.process_time()
    (article,), _ = read("a.rss", "<!DOCTYPE rss>" * 100_000 + body)
    assert article.id == "1"
    assert time.process_time() - began < 1


@pytest.mark.parametrize(
    "part", ["<item>", "<", "&", "<!--", "<![CDATA[", "<item a='", "<b>", "&#1;", "]]>", "<?a?>"]
)
def test_broken_markup_takes_time_in_proportion(
    read, caplog: pytest.LogCaptureFixture, part: str
) -> None:
    def seconds(count: int) -> float:
        began = time.process_time()
        read("a.rss", rss(part * count))
        return time.process_time() - began

    caplog.set_level(logging.ERROR)
    seconds(10)
    few, many = seconds(1000), seconds(8000)
    assert many < 24 * few + 0.2
