"""`extract`, `show` and `run` on feeds, web archives and compressed files."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path

TEXT = "Meta a levé 27 milliards de dollars auprès de PIMCO, a annoncé mardi le groupe."
FEED = f"""<?xml version="1.0"?><rss version="2.0"><channel><title>L'Écho</title>
<item><title>Meta emprunte</title><link>https://echo.example/1</link>
<pubDate>Sun, 02 Nov 2025 10:00:00 GMT</pubDate><description>{TEXT}</description></item>
</channel></rss>"""


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "extractor", *arguments, "--model", "cues"],
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip


def warc(body: str) -> bytes:
    block = f"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=cp1252\r\n\r\n{body}"
    header = (
        "WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: https://w.example/1\r\n"
        "WARC-Date: 2025-11-03T00:00:00Z\r\nContent-Type: application/http\r\n"
        f"Content-Length: {len(block)}\r\n\r\n"
    )
    return (header + block + "\r\n\r\n").encode("cp1252")


def test_extract_gives_records_with_their_sources(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text(FEED, encoding="utf-8")
    page = f"<html><body><article><p>{TEXT}</p></article></body></html>"
    (tmp_path / "b.warc.gz").write_bytes(gzip.compress(warc(page)))
    rows = (json.dumps({"text": TEXT, "id": n}) for n in range(3))
    packed = gzip.compress("\n".join(rows).encode())
    (tmp_path / "c.jsonl.gz").write_bytes(packed[:-4])
    done = run("extract", str(tmp_path))
    records = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(r["url"], r["source"], r["published"], r["surface"]) for r in records[:2]] == [
        ("https://echo.example/1", "L'Écho", "2025-11-02", "27 milliards de dollars"),
        ("https://w.example/1", None, "2025-11-03", "27 milliards de dollars"),
    ]
    assert len(records) == 4  # the last row has no line end, and may be cut
    assert "c.jsonl.gz: gzip data that is cut off, after 2 articles, which are kept" in done.stderr
    assert done.returncode == 3


def test_show_and_run_read_them_as_well(tmp_path: Path) -> None:
    feed = tmp_path / "a.rss.gz"
    feed.write_bytes(gzip.compress(FEED.encode()))
    shown = run("show", str(feed))
    assert shown.returncode == 0
    assert "27 milliards de dollars" in shown.stdout
    done = run("run", str(feed), str(tmp_path / "out"))
    assert done.returncode == 0, done.stderr
    (line,) = (tmp_path / "out" / "jsonl" / "part-00000.jsonl").read_text().splitlines()
    assert json.loads(line)["url"] == "https://echo.example/1"
