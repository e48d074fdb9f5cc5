"""A worker process: loads the model once, runs the shards it is handed."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from functools import lru_cache
from multiprocessing import parent_process
from multiprocessing.connection import Connection, wait
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

from extractor.batch.plan import Plan
from extractor.batch.shard import run_shard
from extractor.errors import ExtractorError
from extractor.formats.writers import OWNER

if TYPE_CHECKING:
    from extractor.pipeline.core import Extractor


def work(connection: Connection, plan: Plan, folder: str, model: str | None) -> None:
    """Answers shard numbers with messages until it is sent None.

    Messages: `("ready", OWNER)`, `("batch", shard, articles, errors, reasons)`, `("done", Done)`,
    `("failed", message)`.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # the parent decides
    Thread(target=_end_with_parent, daemon=True).start()
    with suppress(OSError):  # where there is no stderr
        os.dup2(2, 1)  # stdout is for data
    try:
        _work(connection, plan, Path(folder), model)
    except ExtractorError as error:
        connection.send(("failed", str(error)))
    except ConnectionError:
        pass  # the parent has gone; what is not committed is done again


@lru_cache(maxsize=1)
def loaded(
    model: str | None, device: str, precision: str, scope: str, language: str | None, threads: int
) -> Extractor:
    """The extractor of this process, loaded once; arguments as of `pipeline.core.load`.

    Args:
        threads: That the network may use.

    Raises:
        BundleError: The bundle is missing, broken or foreign.
        UnknownName: Of a precision, scope or language.
    """
    from extractor.pipeline.core import CUES, load

    if model != CUES:
        import torch

        torch.set_num_threads(threads)
    return load(model, device=device, precision=precision, scope=scope, language=language)


def _work(connection: Connection, plan: Plan, folder: Path, model: str | None) -> None:
    options = plan.options
    extractor = loaded(
        model, options.device, options.precision, options.scope, options.language, options.threads
    )
    connection.send(("ready", OWNER))
    while (shard := connection.recv()) is not None:

        def tell(articles: int, errors: int, reasons: str, shard: int = shard) -> None:
            connection.send(("batch", shard, articles, errors, reasons))

        try:
            done = run_shard(plan, shard, folder, extractor, on_batch=tell)
        except ConnectionError:
            raise
        except OSError as error:
            connection.send(("failed", told(error, folder)))
        else:
            connection.send(("done", done))


def told(error: OSError, folder: Path) -> str:
    """What the machine refused, and of which file."""
    return f"{error.filename or f'{folder} or a temporary file'}: {error.strerror or error}"


def _end_with_parent() -> None:
    """A parent that is killed cannot end its workers, and the next run takes their shards."""
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
