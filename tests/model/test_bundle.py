"""A bundle is checked on load; what is wrong is named."""

from __future__ import annotations

import json

import pytest
import torch

from extractor.errors import BundleError
from extractor.model.bundle import load_bundle, quantise, restore, write_sums


def test_it_loads_and_weights_keep_eight_bits(bundle_folder) -> None:
    bundle = load_bundle(bundle_folder)
    assert bundle.id.startswith("tiny-")
    assert bundle.weights["type_labels"].dtype == torch.float32


def test_eight_bits_are_near() -> None:
    matrix = torch.randn(64, 96, generator=torch.Generator().manual_seed(1))
    back = restore(quantise({"w": matrix}))["w"]
    assert ((back - matrix).abs().amax(1) <= matrix.abs().amax(1) / 254 + 1e-6).all()


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "tokenizer.json", "CARD.md"])
def test_a_missing_file_is_named(bundle_folder, name: str) -> None:
    (bundle_folder / name).unlink()
    with pytest.raises(BundleError, match=f"'{name}' is missing. Fetch the bundle again"):
        load_bundle(bundle_folder)


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "labels.json"])
def test_a_changed_file_is_named(bundle_folder, name: str) -> None:
    with (bundle_folder / name).open("ab") as file:
        file.write(b" ")
    with pytest.raises(BundleError, match=rf"{name}: SHA-256 is .* broken or was changed"):
        load_bundle(bundle_folder)


def test_a_folder_that_is_no_bundle(tmp_path) -> None:
    with pytest.raises(BundleError, match="no SHA256SUMS"):
        load_bundle(tmp_path)
    with pytest.raises(BundleError, match="no such folder"):
        load_bundle(tmp_path / "none")


def rewrite(folder, name: str, **fields: object) -> None:
    path = folder / name
    path.write_text(json.dumps(json.loads(path.read_text()) | fields))
    write_sums(folder)


def test_a_foreign_format(bundle_folder) -> None:
    rewrite(bundle_folder, "config.json", format="other/9")
    with pytest.raises(BundleError, match="format is 'other/9'"):
        load_bundle(bundle_folder)


def test_other_labels(bundle_folder) -> None:
    rewrite(bundle_folder, "labels.json", types=["a"])
    with pytest.raises(BundleError, match="labels are not those of this program"):
        load_bundle(bundle_folder)


def test_broken_weights(bundle_folder) -> None:
    (bundle_folder / "model.safetensors").write_bytes(b"\x80\x04pickle")
    write_sums(bundle_folder)
    with pytest.raises(BundleError, match=r"model\.safetensors: "):
        load_bundle(bundle_folder)


def test_a_path_in_the_sums_is_refused(bundle_folder) -> None:
    sums = bundle_folder / "SHA256SUMS"
    sums.write_text(sums.read_text() + "00  ../secret\n")
    with pytest.raises(BundleError, match="missing"):
        load_bundle(bundle_folder)
