import subprocess
import sys

from seedbed.service.details import Correction
from seedbed.service.vocabulary import read_prompt, vocabulary_of
from tests.service.served import Served


def test_what_sprout_was_taught_is_all_words_that_it_knows() -> None:
    known = vocabulary_of("sprout")
    assert {"cat", "pizza", "christmas tree"} <= set(known.things)
    assert "flat" in known.styles
    assert "light blue" in {colour.name for colour in known.colours}
    said = [*known.things, *known.styles, *known.scenes, *(colour.name for colour in known.colours)]
    assert [word for word in said if read_prompt("sprout", word).ignored_words] == []


def test_a_scene_that_lends_only_its_name_to_a_colour_is_none() -> None:
    assert read_prompt("sprout", "sky blue").ignored_words == []
    assert "sky" not in vocabulary_of("sprout").scenes or read_prompt("sprout", "cloudy sky").ignored_words == []


def test_a_prompt_is_read_as_it_will_be_drawn() -> None:
    read = read_prompt("sprout", "two Kittens and a xmas tree, by a zeppelin")
    assert [(meaning.text, meaning.thing) for meaning in read.meanings] == [
        ("kittens", "cat"),
        ("xmas tree", "christmas tree"),
    ]
    assert read.ignored_words == ["zeppelin"]
    assert read.read_as == []
    assert read_prompt("sprout", "a pizzza").read_as == [Correction(written="pizzza", read_as="pizza")]


def test_a_model_without_a_vocabulary_ignores_nothing(served: Served) -> None:
    assert served.client.get("/v1/seedbed/vocabulary", headers={"x-freepik-api-key": ""}).json() == {
        "data": {"model": "noop-faulty", "things": [], "styles": [], "scenes": [], "colours": []}
    }
    answer = served.client.post("/v1/seedbed/reading", json={"prompt": "anything"})
    assert answer.json() == {"data": {"ignored_words": [], "meanings": [], "read_as": []}}


def test_a_reading_wants_a_key_and_a_prompt(served: Served) -> None:
    path = "/v1/seedbed/reading"
    assert served.client.post(path, json={"prompt": "a"}, headers={"x-freepik-api-key": "no"}).status_code == 401
    for body in (b"", b"{}", b'{"prompt": 3}', b'{"prompt": "' + b"a" * 4097 + b'"}'):
        answer = served.client.post(path, content=body)
        assert answer.status_code == 400
        assert answer.json()["invalid_params"]
    assert served.client.post(path, json={"prompt": ""}).status_code == 200


def test_reading_needs_no_torch() -> None:
    code = "import sys; from seedbed.service.vocabulary import read_prompt; read_prompt('sprout', 'a cat')\n"
    code += "print('torch' in sys.modules)"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "False"
