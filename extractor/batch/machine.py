"""The machine that a measurement ran on, and the memory that it took."""

from __future__ import annotations

import os
import platform
import re
import sys
from pathlib import Path
from typing import Any

import extractor

_SELF = Path("/proc/self")
_START_ANEW = "5"  # what clear_refs takes to forget the peak (proc(5))


def describe(device: str) -> dict[str, Any]:
    """What somebody needs who compares figures from two machines.

    Args:
        device: That the network runs on, as torch names it.
    """
    import torch

    where = torch.device(device)
    on_gpu = where.type == "cuda"
    return {
        "cpu": cpu_name(),
        "cores": cores(),
        "load": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
        "torch_threads": torch.get_num_threads(),
        "device": torch.cuda.get_device_name(where) if on_gpu else where.type,
        "torch": torch.__version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "extractor": extractor.__version__,
    }


def cpu_name() -> str:
    """The model of the CPU, as well as the system tells it."""
    try:
        told = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        told = ""
    found = re.search(r"^model name\s{0,9}: (.{1,200})$", told, re.MULTILINE)
    return found.group(1) if found else platform.processor() or platform.machine()


def cores() -> int:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def forget_peak() -> bool:
    """Starts the peak of resident memory anew; False where the system has no means to."""
    try:
        (_SELF / "clear_refs").write_text(_START_ANEW, encoding="ascii")
    except OSError:
        return False
    return True


def peak_mb() -> float | None:
    """Peak of resident memory in MB: since `forget_peak`, or else since the process began.

    None where the system does not tell.
    """
    try:
        found = re.search(r"^VmHWM:\s{1,20}(\d{1,15}) kB$", (_SELF / "status").read_text(), re.M)
        if found:
            return int(found.group(1)) * 1024 / 1e6
        import resource
    except (OSError, ImportError):
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak * (1 if sys.platform == "darwin" else 1024) / 1e6
