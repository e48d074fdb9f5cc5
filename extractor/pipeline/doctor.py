"""What `extractor doctor` looks at."""

from __future__ import annotations

import platform
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from extractor.errors import ExtractorError

_PACKAGES = (
    "extractor", "torch", "transformers", "tokenizers", "safetensors", "spacy", "pandas",
    "pyarrow", "langdetect", "py3langid", "trafilatura", "babel", "pydantic",
)  # fmt: skip
_SAMPLE = "Meta a levé 27 milliards de dollars auprès de PIMCO."


def examine(model: str | None) -> bool:
    """Prints versions, device and checks; whether all checks passed."""
    print(f"python       {platform.python_version()} on {platform.platform()}")
    for name in _PACKAGES:
        try:
            print(f"{name:12} {version(name)}")
        except PackageNotFoundError:
            print(f"{name:12} not installed")
    checks = (_check_device, _check_grammar, lambda: _check_model(model))
    passed = [_told(check) for check in checks]
    return all(passed)


def _told(check: Callable[[], str]) -> bool:
    try:
        print(f"ok           {check()}")
    except (ExtractorError, ImportError, OSError) as error:
        print(f"FAILED       {error}")
        return False
    return True


def _check_device() -> str:
    import torch

    from extractor.model.device import has_bf16
    from extractor.model.int8 import has_int8

    if torch.cuda.is_available():
        return f"device: {torch.cuda.get_device_name(0)}"
    fast = {"bf16": has_bf16(torch.device("cpu")), "int8": has_int8()}
    told = ", ".join(name for name, is_fast in fast.items() if is_fast)
    return f"device: cpu, {torch.get_num_threads()} threads, fast with {told or 'float32 alone'}"


def _check_grammar() -> str:
    from extractor.money import find_money

    found = find_money(_SAMPLE, "fr")
    if [m.low for m in found] != [27_000_000_000]:
        raise ExtractorError(f"the money grammar read {found} in '{_SAMPLE}'")
    return "money grammar"


def _check_model(model: str | None) -> str:
    from extractor.pipeline.core import load

    loaded = load(Path(model) if model and model != "cues" else model)
    claims = loaded(_SAMPLE).claims
    if len(claims) != 1:
        raise ExtractorError(f"the model gave {len(claims)} claims for '{_SAMPLE}'")
    return f"model {loaded.model_id}: '{_SAMPLE}' is {claims[0].type}"
