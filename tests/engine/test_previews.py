from dataclasses import dataclass, field

from PIL import Image

from seedbed.engine.previews import COST, NO_PREVIEWS, PAUSE_SECONDS, SIDE, Previews
from tests.engine.looking import Clock, Looker

COLOURS = ("red", "lime", "blue")


@dataclass
class Maker:
    """Makes wide pictures, one colour for each place, and takes its time."""

    clock: Clock
    seconds: float = 0.0
    made: list[int] = field(default_factory=list)

    def __call__(self, place: int) -> Image.Image:
        self.made.append(place)
        self.clock.now += self.seconds
        return Image.new("RGB", (2000, 1000), COLOURS[place])


def colour_of(picture: Image.Image) -> str:
    pixel = picture.resize((1, 1)).tobytes()
    return COLOURS[pixel.index(max(pixel))]


def test_each_sees_its_own_picture_small() -> None:
    clock, lookers = Clock(), (Looker(), Looker(is_looking=False), Looker())
    Previews(lookers, clock).offer(Maker(clock))
    assert [[colour_of(picture) for picture in looker.pictures] for looker in lookers] == [["red"], [], ["blue"]]
    assert lookers[0].pictures[0].size == (SIDE, SIDE // 2)


def test_nothing_is_made_for_nobody() -> None:
    clock = Clock()
    maker = Maker(clock)
    for viewers in ((), (None,), (Looker(is_looking=False), None)):
        Previews(viewers, clock).offer(maker)
    NO_PREVIEWS.offer(maker)
    assert maker.made == []


def test_who_comes_in_the_middle_sees_the_next() -> None:
    clock, looker = Clock(), Looker(is_looking=False)
    previews, maker = Previews([looker], clock), Maker(clock)
    previews.offer(maker)
    looker.is_looking = True
    previews.offer(maker)
    assert len(looker.seen) == 1


def test_there_are_only_so_many_a_second() -> None:
    clock, looker = Clock(), Looker()
    previews, maker = Previews([looker], clock), Maker(clock)
    for _ in range(100):
        previews.offer(maker)
        clock.now += PAUSE_SECONDS / 10
    assert len(looker.seen) == 10


def test_the_dearer_they_are_the_rarer() -> None:
    clock, looker = Clock(), Looker()
    previews, maker = Previews([looker], clock), Maker(clock, seconds=2.0)
    previews.offer(maker)
    clock.now += 2.0 * (COST - 1) - 0.1
    previews.offer(maker)
    assert len(looker.seen) == 1
    clock.now += 0.2
    previews.offer(maker)
    assert len(looker.seen) == 2
