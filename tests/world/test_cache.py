from seedbed.world.cache import BoundedCache


def test_what_was_made_is_not_made_again() -> None:
    cache = BoundedCache[str](100, len)
    made: list[str] = []
    for _ in range(2):
        assert cache.get("key", lambda: made.append("once") or "value") == "value"  # type: ignore[func-returns-value]
    assert made == ["once"]


def test_the_least_recently_used_goes_first() -> None:
    cache = BoundedCache[str](2, len)
    for key in "abac":
        cache.get(key, lambda key=key: key)  # type: ignore[misc]
    assert len(cache) == 2
    assert cache.get("a", lambda: "new") == "a"
    assert cache.get("b", lambda: "new") == "new"


def test_one_value_is_kept_even_if_it_is_too_large() -> None:
    cache = BoundedCache[str](1, len)
    assert cache.get("key", lambda: "long") == "long"
    assert cache.get("key", lambda: "other") == "long"
