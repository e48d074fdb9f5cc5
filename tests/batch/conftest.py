"""A folder of inputs of every kind, and what an undisturbed run makes of it."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from batch_runs import ARGUMENTS, BAD_LINES, WITH_ERRORS, run, texts, tree


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the inputs in its folder `in`."""
    home = tmp_path_factory.mktemp("batch")
    folder = home / "in"
    folder.mkdir()
    bodies = [t[:300] for t in islice((t for t in texts("en-*.txt") if len(t) >= 200), 36)]
    lines = [json.dumps({"id": f"a{n}", "text": body}) for n, body in enumerate(bodies[:28])]
    lines[9:9] = BAD_LINES
    (folder / "a.jsonl").write_text("\n".join(lines), encoding="utf-8")
    pq.write_table(pa.table({"text": bodies[28:]}), folder / "b.parquet", row_group_size=2)
    page = f"<html><body><p>{bodies[0]}</p></body></html>"
    (folder / "c.html").write_text(page, encoding="utf-8")
    (folder / "d.txt").write_text(bodies[1], encoding="utf-8")
    (folder / "e.txt").write_text(" ", encoding="utf-8")
    return home


@pytest.fixture(scope="session")
def undisturbed(source: Path) -> dict[str, bytes]:
    """The files of a run with one worker."""
    done = run(*ARGUMENTS, "undisturbed", cwd=source)
    assert done.returncode == WITH_ERRORS, done.stderr
    return tree(source / "undisturbed")
