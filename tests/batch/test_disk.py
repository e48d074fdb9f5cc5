"""A full disk and a folder that cannot be written: told, nothing lost, resumed."""

from __future__ import annotations

import errno
import os
import resource
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from batch_runs import (
    ARGUMENTS,
    CUES,
    RUN,
    WITH_ERRORS,
    environment,
    finish,
    marks,
    run,
    start,
    tree,
)  # fmt: skip

from extractor.batch.plan import Options, make_plan
from extractor.batch.run import gather_errors, open_run
from extractor.batch.shard import run_shard
from extractor.pipeline.core import load

LIMITED = (
    "import resource, runpy, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192));"
    "sys.argv = sys.argv[1:]; runpy.run_module('extractor', run_name='__main__')"
)
# Root without CAP_DAC_OVERRIDE (1; PR_CAPBSET_DROP is 24) must ask for leave as others do.
BOUND = (
    "import ctypes, os, sys; assert ctypes.CDLL(None).prctl(24, 1, 0, 0, 0) == 0;"
    "os.execv(sys.argv[1], sys.argv[1:])"
)


def test_no_room_for_an_output(
    source: Path, undisturbed: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files may grow to less than the largest needs: what failed leaves nothing behind."""
    monkeypatch.chdir(source)
    options = Options(formats=("jsonl", "parquet"), language="en", shard_bytes=1048)
    plan, extractor, out = (
        make_plan(["in"], options, "cues"),
        load("cues", language="en"),
        tmp_path / "out",
    )
    open_run(plan, out)
    for shard in range(len(plan.shards)):
        before = tree(out)
        parts = [f"jsonl/part-{shard:05}.jsonl", f"parquet/part-{shard:05}.parquet"]
        sizes = [len(undisturbed[name]) for name in parts]
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        for limit in {size - 1 for size in sizes if size}:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
            try:
                with pytest.raises(OSError, match="File too large"):
                    run_shard(plan, shard, out, extractor)
            finally:
                resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
            left = {k: v for k, v in tree(out).items() if k not in before}
            assert set(left) <= set(parts), "a temporary file, or a mark"
            assert all(undisturbed[name] == data for name, data in left.items())
        run_shard(plan, shard, out, extractor)
    gather_errors(plan, out)
    assert tree(out) == undisturbed


def test_no_room_for_what_the_program_needs_itself(source: Path) -> None:
    """Nothing may be quarantined for that: the language model is unpacked to a file."""
    arguments = [sys.executable, "-c", LIMITED, *RUN[2:], "in", "limited", *CUES]
    done = finish(start(arguments, source))
    assert done.returncode == 1, done.stderr
    assert "File too large. The run stopped; 0 of" in done.stderr
    assert "When that is mended, run the same command again." in done.stderr
    assert set(tree(source / "limited")) == {"plan.json"}


def test_a_full_and_a_read_only_disk(
    source: Path, undisturbed: dict[str, bytes], tmp_path: Path
) -> None:
    unshared = ["unshare", "-rm"]
    if not shutil.which("unshare") or subprocess.run([*unshared, "true"], check=False).returncode:
        pytest.skip("disks cannot be mounted here")
    run_it = shlex.join([*RUN, *ARGUMENTS, "disk/out", *CUES])
    script = f"""
        cd {shlex.quote(str(source))} && mkdir -p disk && mount -t tmpfs -o ro none disk || exit 9
        {run_it} 2>{tmp_path}/read-only; [ $? = 1 ] || exit 1
        mount -o remount,rw,size=256k disk
        {run_it} 2>{tmp_path}/full; [ $? = 1 ] || exit 2
        cp -a disk/out {tmp_path}/kept
        mount -o remount,size=64m disk
        {run_it} 2>{tmp_path}/resumed; [ $? = 3 ] || exit 3
        cp -a disk/out {tmp_path}/out
    """
    done = subprocess.run([*unshared, "bash", "-c", script], check=False, env=environment())
    told = {p.name: p.read_text("utf-8") for p in tmp_path.iterdir() if p.is_file()}
    assert done.returncode == 0, told
    assert "Read-only file system. Mend that, or give another output folder." in told["read-only"]
    assert f"{os.strerror(errno.ENOSPC)}. The run stopped; " in told["full"]
    kept = tree(tmp_path / "kept")
    assert 0 < len(marks(tmp_path / "kept")) < len(marks(source / "undisturbed"))
    assert f"{len(marks(tmp_path / 'kept'))} of" in told["full"]
    assert all(undisturbed[name] == data for name, data in kept.items())
    assert tree(tmp_path / "out") == undisturbed


def test_an_output_that_is_in_the_way(source: Path, undisturbed: dict[str, bytes]) -> None:
    (source / "file").touch()
    done = run(*ARGUMENTS, "file/out", cwd=source)
    assert done.returncode == 1
    assert "file/out: cannot be written: Not a directory. Mend that, or give" in done.stderr
    out = source / "obstructed"
    out.mkdir()
    (out / "parquet").touch()
    done = run(*ARGUMENTS, "obstructed", cwd=source)
    assert done.returncode == 1
    assert "obstructed/parquet: File exists. The run stopped; 0 of" in done.stderr
    (out / "parquet").unlink()
    assert run(*ARGUMENTS, "obstructed", cwd=source).returncode == WITH_ERRORS
    assert tree(out) == undisturbed


@pytest.mark.skipif(
    os.geteuid() == 0 and sys.platform != "linux", reason="root writes everywhere but on Linux"
)
def test_a_folder_without_leave(source: Path, tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    command = [*RUN, *ARGUMENTS, str(tmp_path / "out"), *CUES]
    if os.geteuid() == 0:
        command = [sys.executable, "-c", BOUND, *command]
    done = finish(start(command, source))
    assert done.returncode == 1
    assert "Permission denied. Mend that, or give another output folder." in done.stderr
    assert "Traceback" not in done.stderr
