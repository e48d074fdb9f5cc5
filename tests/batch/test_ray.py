"""Runs on a Ray cluster of two nodes: their output is that of one machine, whatever dies."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from batch_runs import ARGUMENTS, CUES, RUN, WITH_ERRORS, finish, marks, start, tree, until

ray = pytest.importorskip("ray", reason="ray is not installed: pip install 'extractor[ray]'")
pytestmark = pytest.mark.slow

HEARD_S = 5  # until the run has read a sign of life
STORE = {"object_store_memory": 80 << 20}


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """A head that does no shards."""
    from ray.cluster_utils import Cluster

    made = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, **STORE})
    yield made
    made.shutdown()


@pytest.fixture
def address(cluster: Any) -> Iterator[str]:
    """Of the cluster with two fresh nodes."""
    nodes = [cluster.add_node(num_cpus=1, **STORE) for _ in range(2)]
    yield cluster.address
    for node in nodes:
        cluster.remove_node(node, allow_graceful=False)


def on_ray(source: Path, out: Path, address: str, *more: str) -> subprocess.Popen[str]:
    where = ("--engine", "ray", "--ray-address", address)
    return start([*RUN, *ARGUMENTS, str(out), *CUES, *where, *more], source)


def stop_one(out: Path, process: subprocess.Popen[str]) -> psutil.Process:
    """Stops a worker process in the middle of a shard, when the run is under way."""
    until(lambda: len(marks(out)) > 1, process)
    stopped: list[psutil.Process] = []

    def stop() -> bool:
        for path in (out / ".beats").glob("*.json"):
            if path.stem in marks(out) or not path.stat().st_size:
                continue
            machine = json.loads(path.read_text())["machine"]
            worker = psutil.Process(int(machine.rpartition(":")[2]))
            worker.suspend()
            if path.stem not in marks(out):
                stopped.append(worker)
                return True
            worker.resume()
        return False

    until(stop, process)
    time.sleep(HEARD_S)
    return stopped[0]


def test_a_node_dies_half_way(
    source: Path, undisturbed: dict[str, bytes], address: str, tmp_path: Path
) -> None:
    process = on_ray(source, tmp_path, address)
    worker = stop_one(tmp_path, process)
    os.kill(worker.ppid(), signal.SIGKILL)  # its raylet
    done = finish(process)
    if worker.is_running():
        worker.kill()
    assert "begun again by" in done.stderr
    assert (done.returncode, done.stdout) == (WITH_ERRORS, "")
    assert tree(tmp_path) == undisturbed


def test_a_silent_worker_is_given_up(
    source: Path, undisturbed: dict[str, bytes], address: str, tmp_path: Path
) -> None:
    process = on_ray(source, tmp_path, address, "--stall-s", "10")
    worker = stop_one(tmp_path, process)
    done = finish(process)
    if worker.is_running():
        worker.resume()  # comes too late to do harm
        worker.wait(60)
    assert "no sign of life from" in done.stderr
    assert done.returncode == WITH_ERRORS
    assert tree(tmp_path) == undisturbed


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_and_resumed(
    number: signal.Signals, source: Path, undisturbed: dict[str, bytes], address: str,
    tmp_path: Path,
) -> None:  # fmt: skip
    process = on_ray(source, tmp_path, address, "--workers", "1")
    worker = stop_one(tmp_path, process)
    before = len(marks(tmp_path))
    process.send_signal(number)
    time.sleep(HEARD_S)
    worker.resume()
    done = finish(process)
    assert "finishing the shards in hand" in done.stderr
    assert done.returncode == 130
    assert len(marks(tmp_path)) == before + 1
    assert not (tmp_path / ".beats").exists()
    assert finish(on_ray(source, tmp_path, address)).returncode == WITH_ERRORS
    assert tree(tmp_path) == undisturbed


def test_too_many_errors(source: Path, address: str, tmp_path: Path) -> None:
    done = finish(on_ray(source, tmp_path, address, "--max-errors", "1"))
    assert "more than --max-errors 1" in done.stderr
    assert done.returncode == 1


def test_no_cluster(source: Path, tmp_path: Path) -> None:
    done = finish(on_ray(source, tmp_path, "127.0.0.1:1"))
    assert "Ray address '127.0.0.1:1': no cluster that can be used" in done.stderr
    assert done.returncode == 1
