"""Lists the tags of emojibase-data that could become synonyms: no noun has them as a name, and only one as a tag.

python dev/synonyms.py FOLDER     the folder that runs/fetch_icons.sh has filled

What is worth having is then written into src/seedbed/world/nouns.txt by hand: many tags are moods, colours or verbs.
"""

import argparse
import json
from collections import Counter
from pathlib import Path
from typing import Any

from seedbed.world.nouns import NOUNS, phrases, spelt


def main() -> None:
    """Print one line for each noun that has such tags."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    tags = _tags(parser.parse_args().folder)
    shared = Counter(tag for found in tags.values() for tag in found)
    known = phrases()
    for noun in NOUNS:
        free = [tag for tag in tags.get(noun.icon, ()) if shared[tag] == 1 and spelt(tag) not in known]
        if free:
            print(f"{noun.name}: {', '.join(free)}")


def _tags(folder: Path) -> dict[str, list[str]]:
    """The tags of each icon in use."""
    emoji = {_plain(entry["hexcode"]): entry for entry in _read(folder / "emojibase/package/en/data.json")}
    icons = {icon: _plain(code) for code, icon in _read(folder / "noto/package/chars.json").items()}
    wanted = {noun.icon for noun in NOUNS}
    return {icon: emoji[code].get("tags", []) for icon, code in icons.items() if icon in wanted and code in emoji}


def _plain(code: str) -> str:
    """A code point sequence without the sign that asks for a picture."""
    return "-".join(part for part in code.lower().split("-") if part != "fe0f")


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
