"""A Ray cluster: the way to it, and what it has room for."""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from extractor.batch.plan import Options
from extractor.errors import InputError, MissingExtra

_CONNECT_S = 10.0


def check_ray(device: str) -> None:
    """Finds out before the inputs are read what would fail after.

    Raises:
        MissingExtra: Ray is not installed.
        InputError: The device is one of a certain number.
    """
    if find_spec("ray") is None:
        raise MissingExtra("ray", "ray")
    if device not in ("auto", "cpu", "cuda"):
        raise InputError(f"--device {device}: Ray hands each task its GPU. Use --device cuda.")


@contextmanager
def connected(address: str) -> Iterator[Any]:
    """Ray, connected to a cluster; one that this process has already is left as it is.

    Args:
        address: `HOST:PORT`, or `auto` for the cluster of this machine.

    Raises:
        InputError: There is none that can be used.
    """
    import ray

    if ray.is_initialized():
        yield ray
        return
    wanted = os.environ.get("RAY_ADDRESS") or address  # Ray itself puts the variable first
    handler = signal.getsignal(signal.SIGTERM)
    try:
        if wanted != "auto":
            host, _, port = wanted.rpartition(":")
            socket.create_connection((host, int(port)), _CONNECT_S).close()  # Ray tries for minutes
        ray.init(address=wanted, log_to_driver=False, logging_level=logging.ERROR)
    except (OSError, RuntimeError, ValueError) as error:
        raise InputError(
            f"Ray address '{wanted}': no cluster that can be used ({last_line(error)}). Start "
            "one with 'ray start --head', and name its HOST:PORT."
        ) from error
    try:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, handler)  # Ray has put its own there
        yield ray
    finally:
        ray.shutdown()


def last_line(error: Exception) -> str:
    """Of a message of Ray, which may open with another machine's traceback."""
    return str(error).strip().rpartition("\n")[2].rstrip(".")


@dataclass(frozen=True, slots=True)
class Cluster:
    """Ray, and what a shard of a run takes of it.

    Attributes:
        ray: The package, connected.
    """

    ray: Any
    options: Options

    @property
    def _needs(self) -> dict[str, float]:
        """Of one task, by Ray's names of resources."""
        gpu = {"GPU": 1.0} if self.options.device == "cuda" else {}
        return {"CPU": float(self.options.threads), **gpu}

    def task(self, function: Callable[..., Any], max_retries: int) -> Any:
        """The function as a task; Ray itself does it again where its node or worker dies."""
        needs = self._needs
        return self.ray.remote(
            num_cpus=needs["CPU"], num_gpus=needs.get("GPU", 0), max_retries=max_retries
        )(function)

    def slots(self) -> int:
        """Tasks that the nodes that are up can run at once."""
        nodes = [node["Resources"] for node in self.ray.nodes() if node["Alive"]]
        return sum(int(min(has.get(k, 0) / n for k, n in self._needs.items())) for has in nodes)

    def room(self) -> str:
        """The same in words."""
        needs = " and ".join(f"{n:g} {k}" for k, n in self._needs.items())
        return f"room for {self.slots() or 'no'} tasks of {needs}"
