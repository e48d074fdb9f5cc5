"""The report of `extractor bench` for people."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table

_PLAIN_WIDTH = 140  # columns where there is no terminal to measure


def print_report(report: dict[str, Any]) -> None:
    """Prints the figures of a report on stdout."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=_PLAIN_WIDTH)
    for line in _heading(report):
        console.print(line, markup=False, highlight=False)
    console.print(_rates(report["runs"]))
    console.print(_stages(report["runs"]))
    for name, run in report["runs"].items():
        if "gpu" in run:
            console.print(_gpu(name, run["gpu"]), markup=False, highlight=False)
    if "peers" in report:
        console.print(_peers(report["peers"], list(report["runs"])))
        for peer in report["peers"]:
            if "missing" in peer:
                told = f"not measured: {peer['name']}; to have it: {peer['missing']}"
                console.print(told, markup=False, highlight=False)


def _heading(report: dict[str, Any]) -> list[str]:
    machine, size, settings = report["machine"], report["input"], report["settings"]
    pieces = f", {size['pieces']:,} pieces" if size["pieces"] is not None else ""
    return [
        f"{machine['cpu']}, {machine['cores']} cores, load {machine['load']}; "
        f"{machine['torch_threads']} threads of torch {machine['torch']}; "
        f"{', '.join(filter(None, (machine['device'], machine['precision'])))}",
        f"model {report['model']}; {size['articles']} articles, {size['words']:,} words{pieces}; "
        f"batches of {settings['batch_size']}",
        f"{settings['warm_up_runs']} run to warm up, then the median of {settings['repeats']}",
    ]


def _table(title: str, columns: list[str]) -> Table:
    table = Table(title=title, title_justify="left")
    for number, name in enumerate(columns):
        table.add_column(name, justify="right" if number else "left")
    return table


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _rates(runs: dict[str, Any]) -> Table:
    columns = ["articles/s", "best", "words/s", "pieces/s", "s", "CPU s", "peak MB", "claims"]
    table = _table("speed", ["", *columns, "errors"])
    for name, run in runs.items():
        rates, best = run["rates"], run["best_rates"]
        figures = (
            rates["articles"], best["articles"], rates["words"], rates["pieces"],
            run["median_s"], run["cpu_s"], run["peak_mb"],
        )  # fmt: skip
        table.add_row(name, *map(_number, figures), str(run["claims"]), str(run["errors"]))
    return table


def _stages(runs: dict[str, Any]) -> Table:
    table = _table("seconds by stage", ["", *runs])
    for stage in dict.fromkeys(stage for run in runs.values() for stage in run["stages"]):
        found = (run["stages"].get(stage) for run in runs.values())
        table.add_row(stage, *(f"{f['s']:.3f} {f['share']:5.0%}" if f else "-" for f in found))
    return table


def _gpu(name: str, figures: dict[str, Any]) -> str:
    return (
        f"{name}: GPU busy {figures['busy']:.0%} (by {figures['busy_by']}); "
        f"{figures['of_ceiling']:.1%} of {figures['ceiling_tflops']:.0f} TFLOP/s of matrix "
        f"products, {figures['of_ceiling_encoding']:.1%} while it encodes"
    )


def _peers(peers: list[dict[str, Any]], runs: list[str]) -> Table:
    table = _table("peers", ["", "articles/s", "words/s", "s", *(f"{r}, times" for r in runs)])
    for peer in peers:
        if "missing" in peer:
            continue
        figures = (peer["rates"]["articles"], peer["rates"]["words"], peer["median_s"])
        ratios = (f"{peer['ratios'][run]:.2f}" for run in runs)
        table.add_row(peer["name"], *map(_number, figures), *ratios)
    return table
