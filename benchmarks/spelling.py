"""How often a misspelt word is understood, and how often a word that was meant as it stands is misunderstood.

    pip install -r benchmarks/requirements.txt
    python -m benchmarks.spelling [--seed 1] [--world] [--unseen]

Prints Markdown tables. Typos are made of every word that Sprout knows, one of each kind: two letters swapped, one
dropped, one doubled, one replaced by a key beside it. Words meant as they stand are the commonest of English
(wordfreq) that Sprout doesn't know. The rule was tuned while looking at the commonest 20,000 and the typos of seed 1:
what it scores there is no score on words that it has never met. `--unseen` takes the 20,000 after those; give it
another seed, too.
"""

import argparse
from collections import Counter
from collections.abc import Callable

import numpy as np
from wordfreq import top_n_list

from seedbed.sprout.vocabulary import PACKAGED_VOCABULARY, Vocabulary
from seedbed.training.sprout import world_vocabulary

COMMON = 20_000
SHORTEST = 4
BESIDE = {
    "a": "qwsz", "b": "vghn", "c": "xdfv", "d": "serfcx", "e": "wsdr", "f": "drtgvc", "g": "ftyhbv", "h": "gyujnb",
    "i": "ujko", "j": "huiknm", "k": "jiolm", "l": "kop", "m": "njk", "n": "bhjm", "o": "iklp", "p": "ol", "q": "wa",
    "r": "edft", "s": "awedxz", "t": "rfgy", "u": "yhji", "v": "cfgb", "w": "qase", "x": "zsdc", "y": "tghu",
    "z": "asx",
}  # fmt: skip

Slip = Callable[[str, int, np.random.Generator], str]


def swap(word: str, at: int, _rng: np.random.Generator) -> str:
    """Two letters the wrong way round."""
    return word[:at] + word[at + 1 : at + 2] + word[at] + word[at + 2 :]


def drop(word: str, at: int, _rng: np.random.Generator) -> str:
    """A letter left out."""
    return word[:at] + word[at + 1 :]


def double(word: str, at: int, _rng: np.random.Generator) -> str:
    """A letter twice."""
    return word[:at] + word[at] + word[at:]


def neighbour(word: str, at: int, rng: np.random.Generator) -> str:
    """A letter from the key beside."""
    return word[:at] + str(rng.choice(list(BESIDE[word[at]]))) + word[at + 1 :]


SLIPS: dict[str, Slip] = {"swap": swap, "drop": drop, "double": double, "neighbour key": neighbour}


def outcome(vocabulary: Vocabulary, meant: str, written: str) -> str:
    """What becomes of a typo."""
    right, read = vocabulary.parse(meant), vocabulary.parse(written)
    if read.tokens == right.tokens:
        return "understood"
    if not read.corrections:
        return "named as not known" if read.ignored_words else "a known word itself"
    return "only singular and plural mixed up" if set(read.tokens) & set(right.tokens) else "misread"


OUTCOMES = ("understood", "only singular and plural mixed up", "misread", "named as not known", "a known word itself")


def typo_table(vocabulary: Vocabulary, seed: int) -> None:
    """Print what becomes of one typo of each kind of each known word."""
    known = sorted({*vocabulary.words, *vocabulary.names})
    words = [word for word in known if len(word) >= SHORTEST and word.isascii() and word.replace(" ", "").isalpha()]
    print(f"{len(words)} words and names of at least {SHORTEST} letters, one typo of each kind, seed {seed}.\n")
    print(f"| typo | {' | '.join(OUTCOMES)} |")
    print("|---" * (len(OUTCOMES) + 1) + "|")
    wrong: list[str] = []
    for number, (kind, slip) in enumerate(SLIPS.items()):
        rng = np.random.default_rng((seed, number))
        counts: Counter[str] = Counter()
        for word in words:
            written = _slipped(word, slip, rng)
            became = outcome(vocabulary, word, written)
            counts[became] += 1
            if became == "misread":
                read = ", ".join(correction.read_as for correction in vocabulary.parse(written).corrections)
                wrong.append(f"{word} → {written} → {read}")
        print(f"| {kind} | {' | '.join(f'{100 * counts[name] / len(words):.1f} %' for name in OUTCOMES)} |")
    print(f"\nmisread: {'; '.join(wrong[:40]) or 'none'}")


def _slipped(word: str, slip: Slip, rng: np.random.Generator) -> str:
    """The word with a slip that changes it, within one of its words."""
    written = word
    while written == word:
        at = int(rng.integers(len(word)))
        if " " not in word[at : at + 2]:
            written = slip(word, at, rng)
    return written


def false_corrections(vocabulary: Vocabulary, first: int) -> None:
    """Print how many common English words behind the `first`, unknown to Sprout, are read as others."""
    ranked = top_n_list("en", first + COMMON)[first:]
    common = [word for word in ranked if word.isalpha() and len(word) >= SHORTEST]
    unknown = [word for word in common if not vocabulary.knows(word)]
    changed = {word: vocabulary.parse(word).corrections for word in unknown}
    false = [f"{word} → {found[0].read_as}" for word, found in changed.items() if found]
    print(
        f"\n{len(unknown)} of English's words and names of rank {first + 1} to {first + COMMON} are at least"
        f" {SHORTEST} letters long and"
    )
    print(f"unknown to Sprout; {len(false)} are read as another ({100 * len(false) / len(unknown):.2f} %):")
    print("; ".join(false) or "none")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--world", action="store_true", help="all nouns of the world, not only the packaged weights'")
    parser.add_argument("--unseen", action="store_true", help="common words that the rule was not tuned on")
    options = parser.parse_args()
    vocabulary = world_vocabulary() if options.world else Vocabulary.from_pretrained(PACKAGED_VOCABULARY)
    typo_table(vocabulary, options.seed)
    false_corrections(vocabulary, COMMON if options.unseen else 0)


if __name__ == "__main__":
    main()
