"""Training: from a bundle on, through a stop, to the same weights."""

from __future__ import annotations

from pathlib import Path

import pytest

from extractor.errors import InputError
from extractor.model.bundle import load_bundle
from extractor.train import command
from extractor.train.loop import Settings

HEADER = "=== {id}\nlang: fr\norigin: authored\nsource: tests\nlicence: CC BY 4.0\n---\n"
TEXT = """Meta a levé 27 milliards de dollars en mars, selon Reuters.
---
FIRM: Meta ; Reuters
DATE: mars
CLAIM 27 milliards de dollars | 27e9 USD | debt.loan | asserted | media | recipient=Meta | speaker=Reuters | period=mars

"""  # noqa: E501


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    folder = tmp_path / "gold"
    for name, ids in (("real/fr-train.txt", "abc"), ("real/fr-dev.txt", "d")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        text = "".join(HEADER.format(id=id) + TEXT for id in ids)
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "frames").mkdir()
    (folder / "frames" / "firms.txt").write_text("Meta\n", encoding="utf-8")
    return folder


def test_a_model_is_trained_on_through_a_stop(
    tmp_path: Path, bundle_folder: Path, gold: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(epochs=3, scored=1, head_rate=1e-2)

    def train(run: str, settings: Settings = settings) -> Path:
        folder, output = tmp_path / run, tmp_path / f"{run}-bundle"
        command.train(base=bundle_folder, gold=gold, folder=folder, output=output,
                      settings=settings, device="cpu")  # fmt: skip
        return output

    whole = load_bundle(train("whole"))
    items = command._Epochs.items

    def stop(self: object, epoch: int) -> object:
        if epoch == 2:
            raise KeyboardInterrupt
        return items(self, epoch)

    with monkeypatch.context() as patched:
        patched.setattr(command._Epochs, "items", stop)
        with pytest.raises(KeyboardInterrupt):
            train("stopped")
    assert (tmp_path / "stopped" / "last.safetensors").is_file()
    with pytest.raises(InputError, match="another --run folder"):
        train("stopped", Settings(epochs=4, scored=1, head_rate=1e-2))
    resumed = load_bundle(train("stopped"))
    before = load_bundle(bundle_folder)
    for name, weights in whole.weights.items():
        assert weights.equal(resumed.weights[name]), name
    assert not whole.weights["modality.weight"].equal(before.weights["modality.weight"])
    assert whole.config["training"]["base"] == before.id
    assert whole.config["names_layer"] == before.config["names_layer"] != settings.names_layer
