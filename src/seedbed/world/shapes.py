"""Geometric shapes that no icon set draws: our own SVG, in both hands."""

from math import cos, pi, sin

__all__ = ["SHAPES", "shape_svg"]

_FILL, _DARK, _PALE = "#3f7fd6", "#2a5ba6", "#6fa6ee"


def _polygon(sides: int, turn: float = 0.0) -> str:
    """A regular polygon's path; `turn` in turns."""
    corners = (2 * pi * (number / sides + turn) - pi / 2 for number in range(sides))
    return "M" + " ".join(f"{64 + 58 * cos(angle):.1f} {66 + 58 * sin(angle):.1f}" for angle in corners) + "z"


def _spiral() -> str:
    points = ((angle / 20, 4 + 50 * angle / 120) for angle in range(121))
    return "M" + " ".join(f"{64 + r * cos(2 * pi * t / 2):.1f} {64 + r * sin(2 * pi * t / 2):.1f}" for t, r in points)


# In a square of 128: plain outlines, each filled as one.
_PATHS = {
    "circle": "M64 8a56 56 0 1 1 0 112a56 56 0 1 1 0-112z",
    "square": "M12 12h104v104h-104z",
    "triangle": "M64 10l60 106h-120z",
    "rectangle": "M4 30h120v68h-120z",
    "oval": "M64 26a60 38 0 1 1 0 76a60 38 0 1 1 0-76z",
    "pentagon": _polygon(5),
    "hexagon": _polygon(6, 1 / 12),
    "octagon": _polygon(8, 1 / 16),
    "rhombus": "M64 4l48 60l-48 60l-48-60z",
    "semicircle": "M4 94a60 60 0 0 1 120 0z",
    "trapezoid": "M36 26h56l32 76h-120z",
    "parallelogram": "M38 30h86l-34 68h-86z",
    "plus": "M44 8h40v36h36v40h-36v36h-40v-36h-36v-40h36z",
    "arrow": "M4 46h62v-32l58 50l-58 50v-32h-62z",
    "ring": "M64 8a56 56 0 1 1 0 112a56 56 0 1 1 0-112zM64 36a28 28 0 1 0 0 56a28 28 0 1 0 0-56z",
}
# Solids: several faces, each with its shade.
_SOLIDS = {
    "cube": (
        ("M64 6l52 28l-52 28l-52-28z", _PALE),
        ("M12 34l52 28v60l-52-28z", _FILL),
        ("M116 34l-52 28v60l52-28z", _DARK),
    ),
    "cone": (("M64 6l50 98a50 18 0 0 1-100 0z", _FILL), ("M64 6l50 98a50 18 0 0 1-40 17z", _DARK)),
    "cylinder": (
        ("M18 26v78a46 18 0 0 0 92 0v-78z", _FILL),
        ("M80 26v95a46 18 0 0 0 30-17v-78z", _DARK),
        ("M64 8a46 18 0 1 1 0 36a46 18 0 1 1 0-36z", _PALE),
    ),
    "pyramid": (("M64 8l-58 92l48 20z", _FILL), ("M64 8l-10 112l68-26z", _DARK)),
}
SHAPES = (*_PATHS, "spiral", "sphere", *_SOLIDS)


def shape_svg(name: str, glossy: bool) -> str:
    """The body of a shape's SVG in a square of 128, in the glossy hand or the flat one."""
    if name in _SOLIDS:
        return "".join(f'<path d="{path}" fill="{fill}"/>' for path, fill in _SOLIDS[name])
    if name == "sphere":
        return _lit(_PATHS["circle"], "radial")
    if name == "spiral":
        return f'<path d="{_spiral()}" fill="none" stroke="{_FILL}" stroke-width="13" stroke-linecap="round"/>'
    path = _PATHS[name]
    return _lit(path, "linear") if glossy else f'<path d="{path}" fill="{_FILL}"/>'


def _lit(path: str, kind: str) -> str:
    place = 'cx=".36" cy=".3" r=".75"' if kind == "radial" else 'x1="0" y1="0" x2=".6" y2="1"'
    stops = ((0, "#bcd8fb"), (0.35, _PALE), (0.75, _FILL), (1, _DARK))
    shades = "".join(f'<stop offset="{offset}" stop-color="{colour}"/>' for offset, colour in stops)
    return f'<{kind}Gradient id="g" {place}>{shades}</{kind}Gradient><path d="{path}" fill="url(#g)"/>'
