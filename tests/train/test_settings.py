"""What a training run can be told: settings, less gold."""

import pytest

from extractor.errors import InputError, UnknownName
from extractor.train.gold import Gold
from extractor.train.loop import Settings, best_epoch, make_settings

GOLD = Gold(
    real=list(range(8)), articles=list(range(4)), development=[1], frames=list(range(16)),
    firms=["A"], names=list(range(3)),
)  # fmt: skip


@pytest.mark.parametrize(("share", "left"), [(1.0, 16), (0.5, 8), (0.25, 4), (0.125, 2)])
def test_a_share_is_spread_evenly(share: float, left: int) -> None:
    part = GOLD.part(share)
    assert len(part.frames) == left
    assert len(part.real) == left // 2
    gaps = {b - a for a, b in zip(part.frames, part.frames[1:], strict=False)}
    assert gaps == {round(1 / share)}
    assert (part.development, part.firms) == (GOLD.development, GOLD.firms)


def test_seeds_take_other_shares() -> None:
    one, two = (set(GOLD.part(0.5, seed=seed).frames) for seed in (1, 2))
    assert one | two == set(GOLD.frames)
    assert not one & two


def test_the_best_epoch_is_of_those_scored() -> None:
    assert best_epoch([{"loss": 1.0}, {"score": 0.5}, {"score": 0.4}]) == 1
    assert best_epoch([{"loss": 1.0}, {"loss": 0.5}]) == 1


def test_kinds_are_left_out() -> None:
    part = GOLD.part(1.0, ["frames"])
    assert (part.frames, part.real) == ([], GOLD.real)
    with pytest.raises(UnknownName, match="frames"):
        GOLD.part(1.0, ["frame"])


def test_settings_are_read_by_their_type() -> None:
    made = make_settings(["cue_dropout=0", "batch_pieces=1024"], epochs=2, seed=3)
    assert make_settings([], share=0.5, without="frames").without == "frames"
    assert made == Settings(cue_dropout=0.0, batch_pieces=1024, epochs=2, seed=3)
    with pytest.raises(UnknownName, match="cue_dropout"):
        make_settings(["cue_dropuot=0"])
    with pytest.raises(InputError, match="no number"):
        make_settings(["batch_pieces=many"])
