"""What the batch README shows runs, and many machines give what one gives."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from batch_runs import environment, tree

import extractor.batch

README = Path(extractor.batch.__file__).with_name("README.md")
TEXT = "Meta a levé {} milliards de dollars auprès de PIMCO, a annoncé mardi le groupe."
MORE = "--model cues --shard-mb 0.001 --lang fr"
SHIM = f'#!/bin/sh\nexec "{sys.executable}" -m extractor "$@" {MORE}\n'


def block(language: str) -> str:
    """The one block of that language."""
    (found,) = re.findall(rf"^```{language}\n(.*?)^```$", README.read_text("utf-8"), re.M | re.S)
    return found


def job() -> dict[str, Any]:
    return yaml.safe_load(block("yaml"))


@pytest.fixture
def variables(tmp_path: Path) -> dict[str, str]:
    """Of the scripts: 40 articles, two of them bad, and an `extractor` of few words."""
    news = tmp_path / "news.jsonl"
    rows = [{"id": f"a{i}", "text": TEXT.format(i + 1)} if i % 20 else {} for i in range(40)]
    news.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    shim = tmp_path / "bin" / "extractor"
    shim.parent.mkdir()
    shim.write_text(SHIM)
    shim.chmod(0o755)
    path = f"{shim.parent}:{os.environ['PATH']}"
    return {**environment(), "PATH": path, "INPUT": str(news), "OUT": str(tmp_path / "many")}


def run_all(script: str, machines: list[dict[str, str]]) -> None:
    """Several machines at a time."""
    shell = ["bash", "-c", script]
    started = [subprocess.Popen(shell, env=m, stderr=subprocess.PIPE, text=True) for m in machines]
    for one in started:
        told = one.communicate(timeout=300)[1]
        assert one.returncode == 0, told


def expected(variables: dict[str, str], arguments: list[str]) -> dict[str, bytes]:
    """What one machine gives."""
    folder = Path(variables["OUT"]).with_name("one")
    command = ["extractor", "run", variables["INPUT"], str(folder), *arguments]
    done = subprocess.run(command, env=variables, capture_output=True, check=False, timeout=300)
    assert done.returncode == 3
    return tree(folder)


def check(variables: dict[str, str]) -> None:
    wanted = expected(variables, ["--to", "parquet,jsonl", "--device", "cpu"])
    assert len([name for name in wanted if name.startswith("done/")]) > 2
    assert tree(Path(variables["OUT"])) == wanted


def test_slurm(variables: dict[str, str]) -> None:
    script = block("sh")
    assert subprocess.run(["bash", "-n", "-c", script], check=False).returncode == 0
    assert "#SBATCH --array=0-7\n" in script
    run_all(script, [
        variables | {"SLURM_CPUS_PER_TASK": "1", "SLURM_ARRAY_TASK_COUNT": "3",
                     "SLURM_ARRAY_TASK_ID": str(index)}
        for index in range(3)
    ])  # fmt: skip
    check(variables)


def test_kubernetes(variables: dict[str, str]) -> None:
    spec = job()["spec"]
    (container,) = spec["template"]["spec"]["containers"]
    assert container["command"] == ["/bin/sh", "-c"]
    (script,) = container["args"]
    assert f"--num-shards {spec['completions']}\n" in script
    one_worker = script.replace("--workers 4", "--workers 1")
    run_all(one_worker, [
        variables | {"JOB_COMPLETION_INDEX": str(index)} for index in range(spec["completions"])
    ])  # fmt: skip
    check(variables)


def test_the_manifest_is_an_indexed_job() -> None:
    manifest = job()
    assert (manifest["apiVersion"], manifest["kind"]) == ("batch/v1", "Job")
    assert manifest["spec"]["completionMode"] == "Indexed"
    pod = manifest["spec"]["template"]["spec"]
    assert pod["restartPolicy"] == "Never"  # which backoffLimitPerIndex asks for
    mounts = {mount["name"] for mount in pod["containers"][0]["volumeMounts"]}
    assert mounts == {volume["name"] for volume in pod["volumes"]}
