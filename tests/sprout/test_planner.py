import pytest
import torch

from seedbed.sprout.plan import PlannedSign
from seedbed.sprout.planner import INSTANCES, Planner, _drawn
from tests.sprout.tiny import PLANNER, VOCABULARY, planner


def _tokens(prompt: str) -> tuple[int, ...]:
    return VOCABULARY.parse(prompt).tokens


def _generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def network() -> Planner:
    return planner()


def test_nouns_and_letters_are_mentioned_in_the_prompts_order(network: Planner) -> None:
    prompts = [_tokens('a red cat on the dog "AB"'), _tokens("red"), _tokens("cat dog cat dog cat dog")]
    assert network.mentions_of(prompts) == [[2, 5, 7, 8], [], [0, 1, 2, 3]]


def test_all_that_is_said_has_its_numbers(network: Planner) -> None:
    tokens = torch.tensor([_tokens("a red cat"), _tokens("the dog on")])
    said = network(tokens, torch.tensor([[8, 8], [6, 11]]), torch.tensor([0, 3]), torch.tensor([[2], [1]]))
    shapes = {name: tuple(part.shape[1:]) for name, part in said._asdict().items()}
    assert shapes == {
        **{"style": (2,), "ground": (4,), "first": (2,), "second": (2,), "sign": (3,), "colour": (1, 3)},
        **{"shown": (1, INSTANCES), **dict.fromkeys(("left", "top", "side"), (1, INSTANCES, 11))},
    }


def test_canvas_arrangement_and_words_matter(network: Planner) -> None:
    def left(prompt: str, canvas: list[int], arrangement: int) -> torch.Tensor:
        tokens, mentions = torch.tensor([_tokens(prompt)]), torch.tensor([[2]])
        said: torch.Tensor = network(tokens, torch.tensor([canvas]), torch.tensor([arrangement]), mentions).left
        return said

    usual = left("a red cat", [8, 8], 0)
    for other in (left("a the cat", [8, 8], 0), left("a red cat", [8, 7], 0), left("a red cat", [8, 8], 1)):
        assert not torch.allclose(other, usual, atol=1e-3)


@pytest.mark.parametrize("canvas", [(8, 8), (6, 11), (11, 6)])
@pytest.mark.parametrize("prompt", ["a red cat", 'the box on "AB"', "red", "cats cats cats cats cats"])
def test_a_plan_stays_on_its_canvas(network: Planner, prompt: str, canvas: tuple[int, int]) -> None:
    for seed in range(5):
        plan = network.plan(_tokens(prompt), *canvas, _generator(seed))
        assert (plan.rows, plan.columns) == canvas
        assert (0 <= plan.style < 2, 0 <= plan.ground < 4, 0 <= plan.variant < 4) == (True, True, True)
        assert (plan.blend is not None) == (plan.ground == 2)
        for thing in plan.things:
            assert 0 <= thing.left <= canvas[1] - thing.side
            assert 0 <= thing.top <= canvas[0] - thing.side
            assert thing.side >= 1
            assert VOCABULARY.things[thing.thing].lower() in prompt.lower()


def test_the_same_seed_makes_the_same_plan_and_others_differ(network: Planner) -> None:
    plans = [network.plan(_tokens("a red cat"), 8, 8, _generator(seed)) for seed in range(20)]
    assert plans == [network.plan(_tokens("a red cat"), 8, 8, _generator(seed)) for seed in range(20)]
    assert len(set(plans)) > 1


def test_what_is_shown_is_what_it_says(network: Planner) -> None:
    """With heads that always say the same: the third column, the fourth row, two cells, twice, in blue."""
    with torch.no_grad():
        network.of_instance.weight.zero_()
        network.of_instance.bias.fill_(0.0)
        network.of_instance.bias[[0, 1 + 2, 12 + 3, 23 + 1]] = 9.0
        network.of_colour.weight.zero_()
        network.of_colour.bias.copy_(torch.tensor([0.0, 5.0, 0.0]))
    things = network.plan(_tokens("a dog"), 8, 8, _generator()).things
    assert len(things) == INSTANCES
    assert {(thing.thing, thing.left, thing.top, thing.side, thing.colour) for thing in things} == {(1, 2, 3, 2, 1)}
    with torch.no_grad():
        network.of_instance.bias[0] = -9.0
        network.of_colour.bias[2] = 9.0
    assert network.plan(_tokens("a dog"), 8, 8, _generator()).things == ()


def test_nothing_is_planned_larger_than_there_are_looks_for_and_it_keeps_its_middle(network: Planner) -> None:
    with torch.no_grad():
        network.of_instance.weight.zero_()
        network.of_instance.bias.fill_(0.0)
        network.of_instance.bias[[0, 1, 12, 23 + 7]] = 9.0  # eight cells in the corner
    things = network.plan(_tokens("a dog"), 8, 8, _generator()).things
    assert {(thing.left, thing.top, thing.side) for thing in things} == {(1, 1, 6)}


def test_a_sign_stands_behind_letters_only(network: Planner) -> None:
    with torch.no_grad():
        network.of_whole.weight.zero_()
        network.of_whole.bias.zero_()
        network.of_whole.bias[-3] = 99.0  # a red sign
        network.of_instance.weight.zero_()
        network.of_instance.bias.zero_()
        network.of_instance.bias[[0, 1 + 2, 12 + 3, 23 + 1]] = 9.0
    assert network.plan(_tokens("a cat"), 8, 8, _generator()).sign is None
    assert network.plan(_tokens('"A"'), 8, 8, _generator()).sign == PlannedSign(0, 3, 5, 6, 6)


def test_all_nouns_begin_alike_and_all_letters() -> None:
    table = Planner(PLANNER).text_encoder.embedding.weight[VOCABULARY.first_thing :]
    assert (table[:3] == table[0]).all()
    assert (table[3:] == table[3]).all()
    assert not torch.equal(table[0], table[3])


def test_lots_fall_on_the_likely_by_their_likelihood() -> None:
    logits = torch.tensor([0.6, 0.35, 0.05]).log()
    drawn = [_drawn(logits, number / 1000) for number in range(1000)]
    assert set(drawn) == {0, 1}
    assert drawn.count(0) / 1000 == pytest.approx(0.6 / 0.95, abs=0.01)
    assert _drawn(logits, 1.0) in (0, 1)
