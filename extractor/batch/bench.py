"""`extractor bench`: how fast the pipeline is, and where its time goes.

What is measured is the pipeline itself: the shards of a plan, each read, extracted and
written by `run_shard` as `extractor run` does it, with a stopwatch handed in.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median_low
from tempfile import TemporaryDirectory
from typing import Any

from extractor.batch.machine import describe, forget_peak, peak_mb
from extractor.batch.peers import Peer, measure_peers
from extractor.batch.plan import Options, Plan, make_plan
from extractor.batch.shard import run_shard
from extractor.errors import InputError
from extractor.formats.readers import files_of, read_articles
from extractor.pipeline.core import SCOPES, Extractor, default_bundle, load
from extractor.stages import Stopwatch, Timer

ARTICLE = Path(__file__).parents[2] / "corpus" / "xpert-digital-ia-a-credit.txt"
_DIGITS = 4  # of the figures in the JSON


@dataclass(frozen=True, slots=True)
class Settings:
    """What is measured, and how often.

    Attributes:
        inputs: Files, directories, patterns, lists; none for the article in `corpus/`.
        copies: Of that article.
        repeats: Timed runs, after one to warm up.
        threads: Of torch; None to leave them.
        peers: Whether others are timed on the same texts.
    """

    inputs: tuple[str, ...] = ()
    model: str | None = None
    device: str = "auto"
    precision: str = "auto"
    language: str | None = None
    text_field: str | None = None
    copies: int = 4
    repeats: int = 3
    batch_size: int = 64
    threads: int | None = None
    peers: bool = False


@dataclass(slots=True)
class _Run:
    """One run: seconds on the wall and of all cores, time by stage, what it gave."""

    wall_s: float
    cpu_s: float
    watch: Stopwatch
    counts: Counter[str]


def bench(settings: Settings) -> dict[str, Any]:
    """Measures and gives the report, as the JSON holds it.

    Raises:
        InputError: An input is not there, or no text can be read.
        BundleError: The bundle is missing, broken or foreign.
    """
    loaded = load(
        settings.model, device=settings.device, precision=settings.precision,
        language=settings.language,
    )  # fmt: skip
    device = str(loaded.model.device) if loaded.model else "cpu"
    if settings.threads:
        import torch

        torch.set_num_threads(settings.threads)
    with _inputs(settings) as inputs:
        texts = list(_texts(inputs, loaded, settings.text_field))
        size = _size(texts, loaded)
        runs = {
            extractor.model_id if extractor.model is None else extractor.scope: _measure(
                inputs, extractor, device, size, settings
            )
            for extractor in _extractors(loaded)
        }
    report: dict[str, Any] = {
        "machine": describe(device) | {"precision": loaded.model.precision if loaded.model else ""},
        "settings": asdict(settings) | {"warm_up_runs": 1},
        "model": loaded.model_id,
        "input": size,
        "runs": runs,
    }
    if settings.peers:
        bundle = Path(settings.model) if settings.model else default_bundle()
        found = measure_peers(
            texts, bundle=bundle if loaded.model else None, device=device, repeats=settings.repeats
        )
        report["peers"] = [_compared(peer, runs, size) for peer in found]
    return report


def _extractors(loaded: Extractor) -> Iterator[Extractor]:
    """The rule labeller, and the model in both scopes."""
    yield Extractor(None, language=loaded.language)
    if loaded.model is not None:
        for scope in SCOPES:
            yield Extractor(loaded.model, scope=scope, language=loaded.language)


@contextmanager
def _inputs(settings: Settings) -> Iterator[Sequence[str]]:
    """The inputs given, or copies of the article in `corpus/`, each a file of its own."""
    if settings.inputs:
        yield settings.inputs
        return
    try:
        text = ARTICLE.read_bytes()
    except OSError as error:
        raise InputError(
            f"{ARTICLE}: cannot be read: {error.strerror}. It comes with the sources; name inputs."
        ) from error
    with TemporaryDirectory(prefix="extractor-bench-") as folder:
        for number in range(settings.copies):
            Path(folder, f"{number:05}.txt").write_bytes(text)
        yield (folder,)


def _texts(inputs: Sequence[str], extractor: Extractor, text_field: str | None) -> Iterator[str]:
    """The clean texts; what cannot be read is passed over here and counted by the runs."""
    unread = Counter[str]()

    def count(error: InputError) -> None:
        unread[str(error)] += 1

    found = 0
    for path in dict.fromkeys(path for name in inputs for path in files_of(name)):
        for article in read_articles(path, text_field=text_field, on_error=count):
            try:
                yield extractor.read(article).text
                found += 1
            except InputError as error:
                count(error)
    if not found:
        told = next(iter(unread), "no articles in it")
        raise InputError(f"{', '.join(inputs)}: nothing to measure: {told}")


def _size(texts: Sequence[str], loaded: Extractor) -> dict[str, int | None]:
    """How much text there is; pieces where there is a model to cut them."""
    pieces = None
    if loaded.model is not None:
        cut = loaded.model.tokenizer.encode_batch(list(texts), add_special_tokens=False)
        pieces = sum(len(encoding.ids) for encoding in cut)
    return {
        "articles": len(texts),
        "chars": sum(map(len, texts)),
        "words": sum(len(text.split()) for text in texts),
        "pieces": pieces,
    }


def _measure(
    inputs: Sequence[str], extractor: Extractor, device: str, size: dict[str, int | None],
    settings: Settings,
) -> dict[str, Any]:  # fmt: skip
    """The figures of one extractor: the median run's, and the best time."""
    options = Options(
        scope=extractor.scope, language=settings.language, text_field=settings.text_field,
        device=device, batch_size=settings.batch_size,
    )  # fmt: skip
    plan = make_plan(inputs, options, extractor.model_id)
    since = "warm-up" if forget_peak() else "start of the process"
    _run(plan, extractor)
    runs = sorted((_run(plan, extractor) for _ in range(settings.repeats)), key=lambda r: r.wall_s)
    peak = peak_mb()
    median = runs[(len(runs) - 1) // 2]
    figures = {
        **median.counts,
        "seconds": [round(run.wall_s, _DIGITS) for run in runs],
        "median_s": round(median.wall_s, _DIGITS),
        "best_s": round(runs[0].wall_s, _DIGITS),
        "cpu_s": round(median.cpu_s, _DIGITS),
        "rates": _rates(size, median.wall_s),
        "best_rates": _rates(size, runs[0].wall_s),
        "encoded_pieces": median.watch.pieces,
        "peak_mb": peak and round(peak, 1),
        "peak_since": since,
        "stages": _stages(median),
    }
    if device.startswith("cuda") and extractor.model is not None:
        import torch

        from extractor.batch.gpu import usage

        figures["gpu"] = usage(lambda timer: _work(plan, extractor, timer), torch.device(device))
    return figures


def _run(plan: Plan, extractor: Extractor) -> _Run:
    watch = Stopwatch()
    began, cpu = time.perf_counter(), time.process_time()
    counts = _work(plan, extractor, watch)
    return _Run(time.perf_counter() - began, time.process_time() - cpu, watch, counts)


def _work(plan: Plan, extractor: Extractor, timer: Timer) -> Counter[str]:
    """Runs all shards of a plan into a folder that is thrown away."""
    counts: Counter[str] = Counter()
    extractor.timer = timer
    with TemporaryDirectory(prefix="extractor-bench-") as folder:
        for shard in range(len(plan.shards)):
            done = run_shard(plan, shard, Path(folder), extractor)
            counts.update(articles=done.articles, claims=done.claims, errors=done.errors)
    return counts


def _rates(size: dict[str, int | None], seconds: float) -> dict[str, float | None]:
    """Articles, words and pieces a second."""
    return {
        name: None if size[name] is None else round((size[name] or 0) / seconds, 2)
        for name in ("articles", "words", "pieces")
    }


def _stages(run: _Run) -> dict[str, dict[str, float]]:
    """Seconds and share of each stage that took any, and of what is in none."""
    spent = {stage: s for stage, s in run.watch.seconds.items() if s}
    spent["other"] = max(0.0, run.wall_s - sum(spent.values()))
    return {
        stage: {"s": round(s, _DIGITS), "share": round(s / run.wall_s, _DIGITS)}
        for stage, s in spent.items()
    }


def _compared(peer: Peer, runs: dict[str, Any], size: dict[str, int | None]) -> dict[str, Any]:
    """A peer's figures; a ratio above 1 says that ours is as many times faster."""
    if peer.missing is not None:
        return {"name": peer.name, "missing": peer.missing}
    return {
        "name": peer.name,
        "seconds": [round(s, _DIGITS) for s in sorted(peer.seconds)],
        "median_s": round(peer.median_s, _DIGITS),
        "rates": _rates(size, peer.median_s),
        "ratios": {
            name: round(peer.median_s / median_low(run["seconds"]), 2) for name, run in runs.items()
        },
    }
