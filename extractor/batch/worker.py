"""A worker process: loads the model once, runs the shards it is handed."""

from __future__ import annotations

import signal
from multiprocessing.connection import Connection
from pathlib import Path

from extractor.batch.plan import Plan
from extractor.batch.shard import run_shard
from extractor.errors import ExtractorError


def work(connection: Connection, plan: Plan, folder: str, model: str | None) -> None:
    """Answers shard numbers with messages until it is sent None.

    Messages: `("ready",)`, `("batch", articles, errors)`, `("done", shard, Done)`,
    `("failed", shard, message)`.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides
    try:
        import torch

        from extractor.pipeline.core import load

        torch.set_num_threads(plan.options.threads)
        extractor = load(
            model, device=plan.options.device, scope=plan.options.scope,
            language=plan.options.language,
        )  # fmt: skip
        connection.send(("ready",))
        while (shard := connection.recv()) is not None:
            try:
                done = run_shard(
                    plan, shard, Path(folder), extractor,
                    on_batch=lambda articles, errors: connection.send(("batch", articles, errors)),
                )  # fmt: skip
            except (OSError, ExtractorError) as error:
                connection.send(("failed", shard, _told(error)))
            else:
                connection.send(("done", shard, done))
    except ExtractorError as error:
        connection.send(("failed", None, str(error)))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        pass  # the parent has gone; what is not committed is done again


def _told(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename or 'output'}: {error.strerror}"
    return str(error)
