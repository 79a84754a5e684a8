"""What stands behind the objects, drawn by us as SVG: calm pictures that are known at a glance, at any size.

Lengths are in pixels of a canvas whose cells have 32; each variant lays out its clouds, hills and houses anew.
"""

from collections.abc import Callable

import numpy as np

__all__ = ["SCENERIES", "scenery_svg"]

Random = np.random.Generator


def scenery_svg(name: str, width: int, height: int, rng: Random) -> str:
    """The SVG of a scenery, `width` by `height` pixels; `rng` decides its variant."""
    body = SCENERIES[name](width, height, rng)
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">{body}</svg>'


def _sky(width: int, height: int, rng: Random) -> str:
    clouds = (_cloud(rng.uniform(0, width), rng.uniform(0.06, 0.94) * height, rng.uniform(22, 42)) for _ in range(7))
    return _fade("#5aa9ea", "#d3ecfc", width, height) + "".join(clouds)


def _night_sky(width: int, height: int, rng: Random) -> str:
    def star() -> str:
        size = rng.choice((0.7, 1.0, 1.4, 2.2), p=(0.4, 0.3, 0.2, 0.1))
        place = f'cx="{rng.uniform(0, width):.1f}" cy="{rng.uniform(0, height):.1f}"'
        return f'<circle {place} r="{size}" fill="#fff6d8" opacity="{rng.uniform(0.6, 1):.2f}"/>'

    stars = "".join(star() for _ in range(width * height // 750))
    return _fade("#090d2b", "#2d3a78", width, height) + stars


def _sea(width: int, height: int, rng: Random) -> str:
    horizon = 0.36 * height
    return (
        _fade("#8fcdf3", "#e3f4fd", width, horizon, "air")
        + _cloud(rng.uniform(0.1, 0.9) * width, 0.16 * height, 26)
        + _fade("#1d6fae", "#2fa3c4", width, height, "water", horizon)
        + "".join(_ripple(rng, width, horizon, height) for _ in range(46))
    )


def _beach(width: int, height: int, rng: Random) -> str:
    horizon, shore = 0.3 * height, 0.5 * height
    edge = _waves(width, shore, 5, 90, rng)
    foam = f'<path d="{edge}" fill="none" stroke="#ffffff" stroke-width="6" opacity=".85"/>'
    sand = f'<path d="{edge} V{height} H0z" fill="#f0d9a4"/>'
    grains = "".join(
        _dot(rng.uniform(0, width), rng.uniform(shore + 16, height), rng.uniform(0.8, 1.6), "#d9bd82")
        for _ in range(70)
    )
    return (
        _fade("#7cc4f2", "#dff2fc", width, horizon, "air")
        + _cloud(rng.uniform(0.1, 0.9) * width, 0.13 * height, 24)
        + _fade("#1f84bd", "#5cc5d6", width, shore + 12, "water", horizon)
        + sand + grains + foam
    )  # fmt: skip


def _meadow(width: int, height: int, rng: Random) -> str:
    def tuft() -> str:
        x, y = rng.uniform(0, width), rng.uniform(0.58 * height, height)
        return f'<path d="M{x:.1f} {y:.1f}l-3-7m3 7v-9m0 9l3-7" stroke="#3f8f3a" stroke-width="1.4" fill="none"/>'

    flowers = "".join(
        _dot(rng.uniform(0, width), rng.uniform(0.62 * height, height), 2.2, str(rng.choice(("#ffffff", "#ffe066"))))
        for _ in range(16)
    )
    return (
        _fade("#8ccdf4", "#e6f5fd", width, height)
        + _cloud(rng.uniform(0.1, 0.9) * width, 0.17 * height, 26)
        + _hills(width, 0.44 * height, height, 16, "#8fcb72", rng)
        + _hills(width, 0.54 * height, height, 10, "#69b556", rng)
        + "".join(tuft() for _ in range(60))
        + flowers
    )


def _forest(width: int, height: int, rng: Random) -> str:
    def row(count: int, foot: float, size: float, colour: str, trunk: str) -> str:
        places = (np.arange(count) + rng.uniform(0.1, 0.9, count)) * width / count
        return "".join(
            _pine(x, foot + rng.uniform(-4, 4), size * rng.uniform(0.85, 1.15), colour, trunk) for x in places
        )

    scale = width / 256
    return (
        _fade("#dcefd6", "#b7dcae", width, height)
        + row(int(13 * scale), 0.62 * height, 0.46 * height, "#93c495", "#8b9a76")
        + row(int(9 * scale), 0.69 * height, 0.56 * height, "#5d9f68", "#6f6a4a")
        + _hills(width, 0.66 * height, height, 6, "#4f8a4b", rng)
        + row(max(2, int(3 * scale)), 0.76 * height, 0.68 * height, "#2f7346", "#5b4630")
        + _hills(width, 0.75 * height, height, 6, "#5f9b4f", rng)
    )


def _mountains(width: int, height: int, rng: Random) -> str:
    def peaks(count: int, foot: float, top: float, colour: str) -> str:
        step = width / count
        parts = []
        for number in range(-1, count + 1):
            x, y = (number + 0.5 + rng.uniform(-0.2, 0.2)) * step, top + rng.uniform(-0.05, 0.07) * height
            parts.append(_peak(x, y, foot, 0.95 * step, colour))
        return "".join(parts)

    return (
        _fade("#8ec5ee", "#eaf5fc", width, height)
        + peaks(max(3, width // 64), 0.74 * height, 0.26 * height, "#a3b4cc")
        + peaks(max(2, width // 100), 0.78 * height, 0.36 * height, "#6f829d")
        + _hills(width, 0.7 * height, height, 8, "#7fae72", rng)
        + _hills(width, 0.8 * height, height, 6, "#6a9a5f", rng)
    )


def _snow(width: int, height: int, rng: Random) -> str:
    flakes = "".join(
        _dot(rng.uniform(0, width), rng.uniform(0, height), rng.uniform(1.2, 2.6), "#ffffff") for _ in range(width // 4)
    )
    trees = "".join(
        _pine(rng.uniform(0, width), 0.57 * height, rng.uniform(0.2, 0.3) * height, "#8fb0bd", "#8b8f93")
        for _ in range(5)
    )
    return (
        _fade("#9cc3e3", "#dcebf6", width, height)
        + _hills(width, 0.5 * height, height, 14, "#e4eff8", rng)
        + trees
        + _hills(width, 0.58 * height, height, 10, "#f6fafd", rng)
        + _hills(width, 0.78 * height, height, 8, "#ffffff", rng)
        + flakes
    )


def _desert(width: int, height: int, rng: Random) -> str:
    return (
        _fade("#f7b267", "#fde7c2", width, 0.55 * height)
        + _hills(width, 0.42 * height, height, 18, "#e3a85c", rng)
        + _hills(width, 0.54 * height, height, 16, "#d99547", rng)
        + _hills(width, 0.68 * height, height, 12, "#cc8338", rng)
        + _hills(width, 0.85 * height, height, 8, "#bf742e", rng)
    )


def _city(width: int, height: int, rng: Random) -> str:
    def row(foot: float, low: float, high: float, colour: str, window: str | None) -> str:
        parts, left = [], -rng.uniform(0, 20)
        while left < width:
            wide, top = rng.uniform(22, 40), foot - rng.uniform(low, high) * height
            parts.append(f'<path d="M{left:.1f} {top:.1f}h{wide:.1f}V{foot:.1f}h{-wide:.1f}z" fill="{colour}"/>')
            if window:
                parts.append(_windows(left, top, wide, foot, window))
            left += wide + rng.uniform(0, 3)
        return "".join(parts)

    return (
        _fade("#8fb8e8", "#f6dfd2", width, height)
        + row(0.82 * height, 0.34, 0.66, "#a9b6d3", None)
        + row(0.82 * height, 0.16, 0.48, "#6f7fa6", "#f7e3a1")
        + f'<path d="M0 {0.8 * height:.1f}h{width}V{height}H0z" fill="#8d929e"/>'
        + f'<path d="M0 {0.8 * height:.1f}h{width}v5h{-width}z" fill="#c3c6cd"/>'
    )


def _room(width: int, height: int, rng: Random) -> str:
    floor = 0.68 * height
    wall = str(rng.choice(("#efe3cf", "#dfe7ea", "#e9dfe6", "#e4ebd9")))
    joints = " ".join(
        f"M{x:.1f} {floor:.1f}L{(x - width / 2) * 1.9 + width / 2:.1f} {height}"
        for x in np.arange(-width, 2 * width, 24)
    )
    boards = f'<path d="{joints}" stroke="#a8784a" stroke-width="1.2"/>'
    left = float(rng.choice((0.08, 0.62))) * width
    return (
        f'<path d="M0 0h{width}v{height}H0z" fill="{wall}"/>'
        + _window(left, 0.12 * height, 0.3 * width, 0.36 * height)
        + f'<path d="M0 {floor:.1f}h{width}V{height}H0z" fill="#c4935f"/>'
        + boards
        + f'<path d="M0 {floor - 9:.1f}h{width}v9h{-width}z" fill="#ffffff"/>'
    )


def _studio(width: int, height: int, rng: Random) -> str:
    hues = (("#f3f4f6", "#d5d8de", "#e9ebee"), ("#f5eee6", "#dccfc0", "#efe6da"), ("#e8eef5", "#c3cfdd", "#dde6f0"))
    pale, deep, table = hues[int(rng.integers(3))]
    edge = 0.64 * height
    return (
        f'<radialGradient id="wall" cx=".5" cy=".4" r=".8"><stop offset="0" stop-color="{pale}"/>'
        f'<stop offset="1" stop-color="{deep}"/></radialGradient><path d="M0 0h{width}v{height}H0z" fill="url(#wall)"/>'
        + _fade(table, deep, width, height, "table", edge)
        + f'<path d="M0 {edge:.1f}h{width}v3h{-width}z" fill="#ffffff" opacity=".7"/>'
    )


def _wooden_table(width: int, height: int, rng: Random) -> str:
    edge = 0.36 * height
    planks = 5
    deep = (height - edge) / planks

    def grain(top: float) -> str:
        x, y = rng.uniform(-20, width), top + rng.uniform(4, deep - 4)
        long = rng.uniform(30, 90)
        curve = f"M{x:.1f} {y:.1f}q{long / 2:.1f} {rng.uniform(-3, 3):.1f} {long:.1f} 0"
        return f'<path d="{curve}" stroke="#8a5527" stroke-width="1.3" fill="none" opacity=".5"/>'

    parts = []
    for number in range(planks):
        top, shade = edge + number * deep, ("#b9783f", "#c2834a", "#b37239")[int(rng.integers(3))]
        parts.append(f'<path d="M0 {top:.1f}h{width}v{deep:.1f}H0z" fill="{shade}"/>')
        parts.append(f'<path d="M0 {top:.1f}h{width}" stroke="#7a4820" stroke-width="1.6"/>')
        parts += [grain(top) for _ in range(max(4, width // 40))]
    wall = str(rng.choice(("#f1e6d6", "#e6ebe6", "#dfe6ee")))
    return f'<path d="M0 0h{width}v{height}H0z" fill="{wall}"/>' + "".join(parts)


SCENERIES: dict[str, Callable[[int, int, Random], str]] = {
    "sky": _sky,
    "night sky": _night_sky,
    "beach": _beach,
    "sea": _sea,
    "meadow": _meadow,
    "forest": _forest,
    "mountains": _mountains,
    "snow": _snow,
    "desert": _desert,
    "city": _city,
    "room": _room,
    "studio": _studio,
    "wooden table": _wooden_table,
}


def _fade(top: str, bottom: str, width: float, foot: float, name: str = "fade", head: float = 0.0) -> str:
    """A rectangle over the whole width from `head` down to `foot`, whose colour goes from `top` to `bottom`."""
    return (
        f'<linearGradient id="{name}" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="{top}"/>'
        f'<stop offset="1" stop-color="{bottom}"/></linearGradient>'
        f'<path d="M0 {head:.1f}h{width}V{foot:.1f}H0z" fill="url(#{name})"/>'
    )


def _dot(x: float, y: float, radius: float, colour: str) -> str:
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="{colour}"/>'


def _cloud(x: float, y: float, size: float) -> str:
    puffs = ((-0.9, 0.15, 0.55), (-0.25, -0.15, 0.8), (0.5, 0.0, 0.65), (1.1, 0.2, 0.4))
    circles = "".join(_dot(x + dx * size, y + dy * size, r * size * 0.6, "#ffffff") for dx, dy, r in puffs)
    return f'<g opacity=".8">{circles}</g>'


def _waves(width: int, height: float, swing: float, length: float, rng: Random) -> str:
    """The beginning of a path that swings around `height` from left to right."""
    phase = rng.uniform(0, 2 * np.pi)
    points = np.arange(0, width + 8, 8)
    heights = height + swing * np.sin(points / length * 2 * np.pi + phase)
    return "M" + " ".join(f"{x} {y:.1f}" for x, y in zip(points, heights, strict=True))


def _hills(width: int, top: float, height: int, swing: float, colour: str, rng: Random) -> str:
    return f'<path d="{_waves(width, top, swing, rng.uniform(150, 260), rng)} V{height} H0z" fill="{colour}"/>'


def _ripple(rng: Random, width: int, horizon: float, height: int) -> str:
    depth = rng.uniform(0.04, 1) ** 1.3
    x, y, long = rng.uniform(-20, width), horizon + depth * (height - horizon), 10 + 26 * depth
    return (
        f'<path d="M{x:.1f} {y:.1f}q{long / 4:.1f} {-1 - 3 * depth:.1f} {long / 2:.1f} 0t{long / 2:.1f} 0" fill="none" '
        f'stroke="#c9edf6" stroke-width="{0.8 + depth:.1f}" opacity=".6"/>'
    )


def _pine(x: float, foot: float, size: float, colour: str, trunk: str) -> str:
    half = 0.22 * size
    tiers = "".join(
        f"M{x:.1f} {foot - size * top:.1f}l{half * wide:.1f} {size * 0.42:.1f}h{-2 * half * wide:.1f}z"
        for top, wide in ((1.0, 0.62), (0.78, 0.82), (0.55, 1.0))
    )
    wide, tall = 0.06 * size, 0.15 * size
    stem = f"M{x - wide / 2:.1f} {foot - tall:.1f}h{wide:.1f}v{tall:.1f}h{-wide:.1f}z"
    return f'<path d="{stem}" fill="{trunk}"/><path d="{tiers}" fill="{colour}"/>'


def _peak(x: float, top: float, foot: float, half: float, colour: str) -> str:
    tall = foot - top
    # Down the right side, and back along the snow's ragged edge.
    steps = ((0.3, 0.3), (-0.14, -0.07), (-0.16, 0.1), (-0.16, -0.1))
    zigzag = "".join(f"l{across * half:.1f} {down * tall:.1f}" for across, down in steps) + "z"
    return (
        f'<path d="M{x:.1f} {top:.1f}l{half:.1f} {tall:.1f}h{-2 * half:.1f}z" fill="{colour}"/>'
        f'<path d="M{x:.1f} {top:.1f}{zigzag}" fill="#ffffff" opacity=".9"/>'
    )


def _windows(left: float, top: float, wide: float, foot: float, colour: str) -> str:
    places = ((x, y) for y in np.arange(top + 6, foot - 8, 11) for x in np.arange(left + 5, left + wide - 6, 8))
    return "".join(f'<path d="M{x:.1f} {y:.1f}h3.6v5h-3.6z" fill="{colour}" opacity=".75"/>' for x, y in places)


def _window(left: float, top: float, wide: float, tall: float) -> str:
    frame = f"M{left:.1f} {top:.1f}h{wide:.1f}v{tall:.1f}h{-wide:.1f}z"
    bars = f"M{left + wide / 2:.1f} {top:.1f}v{tall:.1f}M{left:.1f} {top + tall / 2:.1f}h{wide:.1f}"
    return (
        f'<path d="{frame}" fill="#bfe3f7" stroke="#ffffff" stroke-width="6"/>'
        f'<path d="{bars}" stroke="#ffffff" stroke-width="4"/>'
    )
