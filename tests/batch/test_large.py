"""Large inputs: a line of 100 MB, a hundred thousand articles, memory over twenty thousand."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path

import pytest
from batch_runs import (
    CUES,
    ROOT,
    RUN,
    WITH_ERRORS,
    finish,
    marks,
    run,
    start,
    texts,
    tree,
    until,
    workers_of,
)

from extractor.formats.decoding import MAX_LINE_BYTES

MEGABYTE = 1024 * 1024
needs_proc = pytest.mark.skipif(
    not Path("/proc/self/status").is_file(), reason="memory is told by /proc"
)


def memory(pid: int, name: str) -> int:
    """`VmRSS` or `VmHWM` (its peak) of a process in bytes; 0 when it has gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(name)), 0)


@needs_proc
def test_a_line_of_100_mb_costs_only_itself(tmp_path: Path) -> None:
    good = [json.dumps({"text": text[:300]}) for text in islice(texts(), 3)]
    with (tmp_path / "a.jsonl").open("w", encoding="utf-8") as file:
        file.write(f'{good[0]}\n{{"text": "')
        for _ in range(100):
            file.write("x" * MEGABYTE)
        file.write(f'"}}\n{good[1]}\n{good[2]}\n')
    process = start([*RUN, "a.jsonl", "out", *CUES], tmp_path)
    peaks = {"parent": 0, "worker": 0}
    while process.poll() is None:
        peaks["parent"] = max(peaks["parent"], memory(process.pid, "VmHWM"))
        for worker in workers_of(process):
            peaks["worker"] = max(peaks["worker"], memory(worker.pid, "VmHWM"))
        time.sleep(0.01)
    done = finish(process)
    assert done.returncode == WITH_ERRORS, done.stderr
    (row,) = map(json.loads, (tmp_path / "out" / "errors.jsonl").read_bytes().splitlines())
    assert (row["article"], row["stage"]) == ("a.jsonl:2", "read")
    assert row["error"] == f"a.jsonl:2: a line of more than {MAX_LINE_BYTES} bytes. Split the text."
    assert ": 3 articles, " in done.stderr
    assert peaks["parent"] < 100 * MEGABYTE
    assert 0 < peaks["worker"] < 3 * MAX_LINE_BYTES + 200 * MEGABYTE


@pytest.mark.slow
def test_a_hundred_thousand_tiny_articles(tmp_path: Path) -> None:
    every = 100_000
    with (tmp_path / "a.jsonl").open("w", encoding="utf-8") as file:
        for n in range(every):
            file.write(json.dumps({"id": f"a{n}", "text": f"Meta paid {n + 2} dollars."}) + "\n")
    done = run("a.jsonl", "out", "--workers", "2", "--lang", "en", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert f": {every} articles, {every} claims, 0 errors" in done.stderr
    numbers = (
        json.loads(line)["low"]
        for name, data in sorted(tree(tmp_path / "out").items())
        if name.startswith("jsonl/")
        for line in data.splitlines()
    )
    assert all(number == n + 2 for n, number in enumerate(numbers))


def varied(count: int) -> Iterator[str]:
    """Short texts, no two the same: of authored articles, with other figures in each round."""
    paragraphs = (
        (ROOT / "corpus" / "xpert-digital-ia-a-credit.txt").read_text("utf-8").split("\n\n")
    )
    bodies = [*texts(), *(p for p in paragraphs if len(p) > 200)]
    for number, body in zip(range(count), cycle(bodies)):
        yield f"{body[:600]} ({number // len(bodies)}/{number}) {number} € {number}"


def slope(points: list[tuple[int, int]]) -> float:
    """Bytes an article, by least squares."""
    xs, ys = zip(*points, strict=True)
    x_mean, y_mean = sum(xs) / len(xs), sum(ys) / len(ys)
    above = sum((x - x_mean) * (y - y_mean) for x, y in points)
    return above / sum((x - x_mean) ** 2 for x in xs)


@needs_proc
@pytest.mark.slow
def test_memory_is_flat(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of 20,000 short articles; the first quarter, which fills caches, is left out of the slope."""
    every = 20_000
    with (tmp_path / "a.jsonl").open("w", encoding="utf-8") as file:
        file.writelines(json.dumps({"text": text}) + "\n" for text in varied(every))
    process = start([*RUN, "a.jsonl", "out", "--shard-mb", "0.1", *CUES], tmp_path)
    seen: dict[str, list[tuple[int, int]]] = {"parent": [], "worker": []}
    until(lambda: (tmp_path / "out" / "plan.json").is_file(), process)
    shards = len(json.loads((tmp_path / "out" / "plan.json").read_bytes())["shards"])
    while process.poll() is None:
        articles = every * len(marks(tmp_path / "out")) // shards
        for worker in workers_of(process):
            seen["worker"].append((articles, memory(worker.pid, "VmRSS")))
            seen["parent"].append((articles, memory(process.pid, "VmRSS")))
        time.sleep(1)
    done = finish(process)
    assert done.returncode == 0, done.stderr
    for name, points in seen.items():
        late = [point for point in points if point[0] > every / 4 and point[1]]
        grown = slope(late) * 1000 / 1024
        peak = max(size for _, size in points) / MEGABYTE
        with capsys.disabled():
            print(f"\n{name}: {grown:+.0f} kB per 1,000 articles, peak {peak:.0f} MB")
        assert grown < 200
