from dataclasses import replace
from pathlib import Path

import pytest
import torch

from seedbed.errors import ConfigurationError
from seedbed.sprout.text_encoder import TextEncoder
from seedbed.sprout.transformer import Transformer
from seedbed.sprout.vocabulary import PLURAL, Vocabulary
from seedbed.training.transplant import transplant
from tests.sprout.tiny import TEXT_ENCODER, TRANSFORMER, VOCABULARY, sprout

GROWN = Vocabulary(("a", "blue", "left", "of", "on", "red", "the", "to"), ("owl", "cat", "dog", "box"))


def test_words_and_nouns_find_their_own_rows_in_a_grown_vocabulary(tmp_path: Path) -> None:
    old = sprout(tmp_path)
    shape = replace(TEXT_ENCODER, vocabulary_size=len(GROWN), things=len(GROWN.things))
    text_encoder, transformer = TextEncoder(shape), Transformer(TRANSFORMER)
    before = {name: tensor.clone() for name, tensor in text_encoder.state_dict().items()}
    transplant(old, text_encoder, transformer, GROWN)

    words, was = text_encoder.embedding.weight, old.text_encoder.embedding.weight
    for word in VOCABULARY.words:
        assert torch.equal(words[4 + GROWN.words.index(word)], was[4 + VOCABULARY.words.index(word)])
    assert torch.equal(words[PLURAL], was[PLURAL])
    looks, looked = text_encoder.lexicon.looks.weight, old.text_encoder.lexicon.looks.weight
    for number, thing in enumerate(VOCABULARY.things):
        assert torch.equal(looks[GROWN.things.index(thing)], looked[number])
        row = words[GROWN.first_thing + GROWN.things.index(thing)]
        assert torch.equal(row, was[VOCABULARY.first_thing + number])
    # What only the new one knows begins at random.
    assert torch.equal(looks[0], before["lexicon.looks.weight"][0])
    assert torch.equal(words[4 + GROWN.words.index("blue")], before["embedding.weight"][4 + GROWN.words.index("blue")])
    for name, tensor in old.transformer.state_dict().items():
        assert torch.equal(transformer.state_dict()[name], tensor)


def test_networks_of_another_shape_are_refused(tmp_path: Path) -> None:
    old = sprout(tmp_path)
    with pytest.raises(ConfigurationError, match="another shape"):
        transplant(old, TextEncoder(TEXT_ENCODER), Transformer(replace(TRANSFORMER, depth=3)), VOCABULARY)
    with pytest.raises(ConfigurationError, match="another shape"):
        transplant(old, TextEncoder(replace(TEXT_ENCODER, slots=9)), Transformer(TRANSFORMER), VOCABULARY)
