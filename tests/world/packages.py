"""Icon packages with the real icons' names and simple shapes, and Pillow's own font, where the real ones are not."""

import json
from pathlib import Path

from PIL import ImageFont

from seedbed.world.icons import ICON_SETS, SHAPE
from seedbed.world.lettering import FONT
from seedbed.world.nouns import NOUNS

SHAPES = {
    "noto": '<circle cx="64" cy="64" r="56" fill="hsl({hue},90%,40%)"/><path d="M64 8v112" stroke="#000"/>',
    "fluent-emoji": '<path d="M16 16h96v96h-96z" fill="hsl({hue},70%,60%)"/><circle cx="40" cy="40" r="12"/>',
}


def write_packages(folder: Path) -> Path:
    """Both packages, each noun in its own colour, and a font, unpacked in `folder`."""
    font = ImageFont.load_default(10)
    (folder / FONT).parent.mkdir(parents=True)
    (folder / FONT).write_bytes(font.font_bytes)  # type: ignore[union-attr]
    for name in ICON_SETS.values():
        hues = {
            noun.icon: number * 360 // len(NOUNS)
            for number, noun in enumerate(NOUNS)
            if not noun.icon.startswith(SHAPE)
        }
        icons = {icon: {"body": SHAPES[name].format(hue=hue)} for icon, hue in hues.items()}
        path = folder / name / "package" / "icons.json"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps({"width": 128, "height": 128, "icons": icons}))
    return folder
