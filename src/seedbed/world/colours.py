"""The colours that have a name: of plain backgrounds, and of objects that are recoloured."""

__all__ = ["BACKGROUNDS", "COLOUR_SYNONYMS", "OBJECT_COLOURS", "RGB", "UNNAMED_BACKGROUNDS"]

RGB = tuple[int, int, int]

BACKGROUNDS: dict[str, RGB] = {
    "white": (255, 255, 255),
    "black": (24, 24, 27),
    "gray": (156, 160, 168),
    "red": (220, 60, 55),
    "orange": (247, 148, 50),
    "yellow": (250, 215, 80),
    "green": (86, 172, 92),
    "light green": (190, 230, 180),
    "blue": (58, 110, 214),
    "light blue": (178, 220, 245),
    "dark blue": (28, 42, 96),
    "purple": (136, 84, 190),
    "pink": (250, 180, 205),
    "brown": (140, 96, 66),
    "beige": (240, 226, 200),
    "teal": (44, 156, 160),
}
UNNAMED_BACKGROUNDS = ("white", "light blue", "pink", "beige")
"""What stands behind the objects when the caption names no background: quiet colours only."""

OBJECT_COLOURS: dict[str, RGB] = {
    "red": (222, 48, 48),
    "orange": (245, 135, 35),
    "yellow": (250, 208, 50),
    "green": (62, 165, 75),
    "teal": (30, 155, 160),
    "light blue": (130, 200, 245),
    "blue": (45, 100, 220),
    "purple": (140, 75, 200),
    "pink": (250, 130, 185),
    "brown": (135, 88, 55),
    "black": (52, 52, 58),
    "gray": (145, 148, 155),
    "white": (238, 240, 244),
}

COLOUR_SYNONYMS: dict[str, tuple[str, ...]] = {
    "gray": ("gray", "grey"),
    "light blue": ("light blue", "pale blue", "sky blue"),
    "dark blue": ("dark blue", "navy", "navy blue"),
    "light green": ("light green", "pale green", "mint"),
    "purple": ("purple", "violet"),
    "teal": ("teal", "turquoise"),
    "beige": ("beige", "cream"),
}
