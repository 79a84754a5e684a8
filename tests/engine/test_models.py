import pytest

from seedbed.engine.models import MODELS, check_model
from seedbed.errors import ConfigurationError


@pytest.mark.parametrize("name", MODELS)
def test_a_model_that_there_is_passes(name: str) -> None:
    check_model(name)


@pytest.mark.parametrize("name", ["", "Sprout", "dall-e", "noop "])
def test_any_other_is_told_by_its_name(name: str) -> None:
    with pytest.raises(ConfigurationError, match=f"^SEEDBED_MODEL={name}: the models are"):
        check_model(name)
