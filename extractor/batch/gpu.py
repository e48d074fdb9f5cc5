"""How well a GPU is used: its busy share, and the arithmetic it does of what it could."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import torch

from extractor.stages import Stopwatch, Timer, untimed

PYNVML = "nvidia-ml-py"
_SAMPLE_S = 0.1
_ROUND = 10  # matrix products between two looks at the clock


def usage(work: Callable[[Timer], object], device: torch.device) -> dict[str, Any]:
    """How well one more run of some work uses the GPU.

    Args:
        work: Runs once, telling the timer of its stages.
    """
    ask = utilization(device)
    watch = Stopwatch()
    events = EventTimer(watch)
    began = time.perf_counter()
    with Sampler(ask) if ask else nullcontext() as sampler:
        work(events)
    wall = time.perf_counter() - began
    sampled = sampler.mean if sampler else None
    flops = flops_of(lambda: work(untimed))
    ceiling = matmul_flops(device)
    return {
        "busy": events.seconds / wall if sampled is None else sampled,
        "busy_by": f"CUDA events; less with {PYNVML}" if sampled is None else "driver",
        "flops": flops,
        "ceiling_tflops": ceiling / 1e12,
        "of_ceiling": flops / wall / ceiling,
        "of_ceiling_encoding": flops / watch.seconds["encode"] / ceiling,
    }


def matmul_flops(
    device: torch.device, dtype: torch.dtype = torch.bfloat16, *, size: int = 8192,
    seconds: float = 1.0,
) -> float:  # fmt: skip
    """Operations a second of a loop of square matrix products: a ceiling for any network.

    Args:
        size: Of the matrices; large enough that nothing but arithmetic counts.
        seconds: That the loop lasts at least.
    """
    left, right, out = (torch.randn(size, size, device=device, dtype=dtype) for _ in range(3))

    def multiply() -> None:
        for _ in range(_ROUND):
            torch.matmul(left, right, out=out)
        if device.type == "cuda":
            torch.cuda.synchronize(device)

    multiply()  # warm-up
    rounds, began = 0, time.perf_counter()
    while (spent := time.perf_counter() - began) < seconds or not rounds:
        multiply()
        rounds += 1
    return rounds * _ROUND * 2 * size**3 / spent


def flops_of(work: Callable[[], object]) -> int:
    """Operations of the matrix products in some work of torch, those on padding too."""
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False) as counter:
        work()
    return int(counter.get_total_flops())


def utilization(device: torch.device) -> Callable[[], float] | None:
    """Asks the driver for the busy share, 0 to 1; None where it cannot be asked.

    It can where nvidia-ml-py is installed and the device allows it.
    """

    def ask() -> float:
        return torch.cuda.utilization(device) / 100

    try:
        ask()
    except Exception:  # the driver's errors share no other base
        return None
    return ask


class Sampler:
    """The mean of a figure that a thread asks for while the context is open.

    Args:
        ask: Gives the figure.
        every_s: Seconds between two questions.
    """

    def __init__(self, ask: Callable[[], float], every_s: float = _SAMPLE_S) -> None:
        self._ask = ask
        self._every_s = every_s
        self._values: list[float] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)

    def _sample(self) -> None:
        while not self._stop.wait(self._every_s):
            self._values.append(self._ask())

    def __enter__(self) -> Sampler:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stop.set()
        self._thread.join()

    @property
    def mean(self) -> float | None:
        """None where the context was too short for one question."""
        return sum(self._values) / len(self._values) if self._values else None


class EventTimer:
    """A timer that has the GPU's own clock time the stage `encode`.

    The time between a stage's two events holds the gaps between its kernels too, so that
    the GPU was busy for less than it.
    """

    def __init__(self, timer: Timer) -> None:
        self._timer = timer
        self._events: list[tuple[Any, Any]] = []

    @contextmanager
    def __call__(self, stage: str, pieces: int = 0) -> Iterator[None]:
        """See `stages.Timer`."""
        with self._timer(stage, pieces):
            if stage != "encode":
                yield
                return
            start, end = (
                torch.cuda.Event(enable_timing=True)  # type: ignore[no-untyped-call]
                for _ in range(2)
            )
            start.record()
            yield
            end.record()
            self._events.append((start, end))

    @property
    def seconds(self) -> float:
        """Of all `encode` stages."""
        torch.cuda.synchronize()
        return float(sum(start.elapsed_time(end) for start, end in self._events)) / 1000
