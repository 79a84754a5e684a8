import torch

from seedbed.evaluation.templates import COARSE, FINE, Look, Templates
from seedbed.world.colours import OBJECT_COLOURS
from seedbed.world.icons import ICON_SETS, IconLibrary
from seedbed.world.styles import STYLES


def test_every_noun_has_a_look_in_every_style_and_in_both_hands_in_every_colour(library: IconLibrary) -> None:
    looks = Templates.of(library, 2).looks
    for noun in (0, 1):
        assert {look.style for look in looks if look.noun == noun and look.colour is None} == set(STYLES)
        for hand in ICON_SETS:
            own = {look.colour for look in looks if look.noun == noun and look.style == hand}
            assert own == {None, *OBJECT_COLOURS}
    assert len(set(looks)) == len(looks)


def test_a_look_has_the_colour_that_it_was_given(library: IconLibrary) -> None:
    templates = Templates.of(library, 2)
    red = templates.fine([templates.looks.index(Look(0, "flat", "red"))])[0]
    assert red.shape == (4, FINE, FINE)
    solid = red[3] > 0.95
    mean = (red[:3, solid] / red[3, solid]).mean(1)
    assert mean[0] > mean[1] + 0.3
    assert mean[0] > mean[2] + 0.3


def test_the_small_ones_are_the_large_ones_means(library: IconLibrary) -> None:
    templates = Templates.of(library, 2)
    assert templates.coarse.shape == (len(templates.looks), 4, COARSE, COARSE)
    torch.testing.assert_close(templates.coarse[5].mean((1, 2)), templates.fine([5])[0].mean((1, 2)))
    assert templates.nouns.tolist() == [look.noun for look in templates.looks]


def test_they_are_drawn_once(library: IconLibrary) -> None:
    first = Templates.of(library, 2)
    (file,) = (library.folder / "raster").glob("templates-2-*.npy")
    stamp = file.stat().st_mtime_ns
    assert torch.equal(Templates.of(library, 2).pixels, first.pixels)
    assert file.stat().st_mtime_ns == stamp
