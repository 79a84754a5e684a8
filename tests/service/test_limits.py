from seedbed.service.limits import RateLimiter


class Clock:
    now = 600.0

    def __call__(self) -> float:
        return self.now


def test_what_is_granted_and_left_is_told_in_the_contracts_headers() -> None:
    limiter = RateLimiter(2, Clock())
    assert limiter.take("a").headers == {
        "x-ratelimit-limit": "2",
        "x-ratelimit-remaining": "1",
        "x-ratelimit-reset": "60",
    }
    assert [limiter.take("a").granted for _ in range(3)] == [True, False, False]
    assert limiter.take("a").remaining == 0


def test_one_caller_takes_nothing_from_another() -> None:
    limiter = RateLimiter(1, Clock())
    assert limiter.take("a").granted
    assert limiter.take("b").granted
    assert not limiter.take("a").granted


def test_the_next_window_starts_anew_when_reset_says_so() -> None:
    clock = Clock()
    limiter = RateLimiter(1, clock)
    clock.now = 659.5
    limiter.take("a")
    refused = limiter.take("a")
    assert (refused.granted, refused.reset) == (False, 1)
    clock.now += refused.reset
    assert limiter.take("a").granted
