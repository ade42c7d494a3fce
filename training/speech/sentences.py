"""What the synthetic voices say: the project's own sentences, and random strings of their words.

A recogniser that hears whole sentences only learns them by heart; most of what it hears is therefore words in an
order that nobody would say. The sentences of the sample calls are never said, only their words are.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from random import Random
from typing import Final, Literal, TypeAlias

from training.speech.dialogue import load

Language: TypeAlias = Literal["zh", "en"]
LANGUAGES: Final[tuple[Language, ...]] = ("zh", "en")

Part: TypeAlias = Literal["taught", "development", "blind"]
"""What a sentence is for: training, choosing between models, or the figures of the card."""

LONGEST: Final[dict[Language, int]] = {"zh": 24, "en": 14}
"""Hanzi or words of one sentence."""

SALAD: Final = 0.6
"""Share of random strings among what is said."""

DIGITS: Final[dict[Language, tuple[str, ...]]] = {
    "zh": tuple("零一二三四五六七八九"),
    "en": tuple("zero one two three four five six seven eight nine".split()),
}
_TENS: Final = tuple("twenty thirty forty fifty sixty seventy eighty ninety".split())
_CHINESE: Final = re.compile(r"[㐀-鿿]+")
_WORD: Final = re.compile(r"[a-z]+(?:'[a-z]+)*")
_ASKING: Final = tuple("吗呢么")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """Something to say."""

    text: str
    """As the synthesiser takes it, with the marks that make pauses."""
    language: Language


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """The sentences of one language, and the words of the sample calls."""

    language: Language
    sentences: dict[Part, tuple[str, ...]]
    sampled: tuple[tuple[str, ...], ...]
    """Words (hanzi) of each sentence of the sample calls: spoken in other orders only."""

    @property
    def alphabet(self) -> set[str]:
        """Give every hanzi that is said; empty for English."""
        said = [
            *self.sentences["taught"],
            *("".join(words) for words in self.sampled),
            *DIGITS["zh"],
            "十百千万",
        ]
        return {c for text in said for c in text if _CHINESE.fullmatch(c)} if self.language == "zh" else set()

    @property
    def transcripts(self) -> list[str]:
        """Give what is taught as it is written, the sentences of the sample calls too."""
        space = "" if self.language == "zh" else " "
        return [*map(written, self.sentences["taught"]), *(space.join(words) for words in self.sampled)]

    def draw(self, random: Random) -> Sentence:
        """Give something to say in training: a sentence or a random string."""
        if random.random() >= SALAD:
            return Sentence(text=random.choice(self.sentences["taught"]), language=self.language)
        refused = {"".join(words) for words in self.sampled}
        while _joined(words := self._salad(random)) in refused:
            pass
        return Sentence(text=_punctuated(words, self.language, random), language=self.language)

    def _salad(self, random: Random) -> list[list[str]]:
        """Give runs of neighbouring words from anywhere, and numbers."""
        runs = []
        for _ in range(random.randint(2, 7)):
            kind = random.random()
            if kind < 0.12:
                runs.append(_number(self.language, random))
            elif kind < 0.45 and self.sampled:
                runs.append(_run(random.choice(self.sampled), random))
            else:
                runs.append(_run(_words(random.choice(self.sentences["taught"]), self.language), random))
        return runs


def read(corpora: Path, scripts: Path, *, known: int) -> dict[Language, Material]:
    """Read the written corpora and the scripts of the sample calls; keep sentences of frequent words.

    Taught are the ``known`` most frequent hanzi, as many English words, and what the sample calls are made of.

    A tenth of the sentences is held out, chosen by a hash of the text: half of them for choosing between models, half
    to be looked at once.
    """
    said: dict[Language, dict[str, None]] = {"zh": {}, "en": {}}
    for language, text in _turns(corpora):
        said[language].update(dict.fromkeys(_spoken(text, language)))
    sampled: dict[Language, list[tuple[str, ...]]] = {"zh": [], "en": []}
    for script in load(scripts):
        language = script.about["language"]
        sampled[language] += [tuple(_words(s, language)) for line in script.turns for s in line.sentences]
    return {
        language: _material(language, list(said[language]), sampled[language], known)
        for language in LANGUAGES
    }


def keep(materials: dict[Language, Material], path: Path) -> None:
    """Write the material, so that a longer training is not changed by what is written meanwhile."""
    stored = {
        language: {"sentences": material.sentences, "sampled": material.sampled}
        for language, material in materials.items()
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(stored, ensure_ascii=False), encoding="utf-8")


def kept(path: Path) -> dict[Language, Material]:
    """Read what was kept."""
    return {
        language: Material(
            language=language,
            sentences={part: tuple(texts) for part, texts in stored["sentences"].items()},
            sampled=tuple(map(tuple, stored["sampled"])),
        )
        for language, stored in json.loads(path.read_text(encoding="utf-8")).items()
    }


def written(text: str) -> str:
    """Give what a transcript should hold: English in lower case without marks, Mandarin as it is."""
    return text if _CHINESE.search(text) else " ".join(_WORD.findall(text.lower()))


def _material(language: Language, said: list[str], sampled: list[tuple[str, ...]], known: int) -> Material:
    counts = Counter(word for text in said for word in _words(text, language))
    taught = {word for word, _ in counts.most_common(known)} | {word for words in sampled for word in words}
    refused = {"".join(words) for words in sampled}
    parts: dict[Part, list[str]] = {"taught": [], "development": [], "blind": []}
    for text in said:
        words = _words(text, language)
        if "".join(words) not in refused and taught.issuperset(words):
            parts[_part(words)].append(text)
    return Material(
        language=language,
        sentences={part: tuple(texts) for part, texts in parts.items()},
        sampled=tuple(sampled),
    )


def _part(words: list[str]) -> Part:
    """Give what a sentence is for, by its letters: "its" and "it's" are never on both sides."""
    letters = "".join(c for word in words for c in word if c.isalpha())
    twentieth = blake2b(letters.encode(), digest_size=4).digest()[0] % 20
    return "development" if twentieth == 0 else "blind" if twentieth == 1 else "taught"


def _turns(corpora: Path) -> Iterator[tuple[Language, str]]:
    for path in sorted(corpora.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            record = json.loads(line)
            texts = [turn["text"] for turn in record.get("turns", ())] + [
                record[field] for field in ("prev", "text") if record.get(field)
            ]
            yield from ((record["language"], text) for text in texts)


def _spoken(text: str, language: Language) -> Iterator[str]:
    """Cut a turn into sentences of a breath each, and leave out those with digits or foreign letters."""
    if language == "en":
        # Anything that is no plain word spoils the part between two marks that it stands in.
        for part in re.split(r"(?<=\w)[.?!,;:]+(?=\s|$)", text.replace("’", "'")):
            words = part.split()
            if len(words) > 1 and all(re.fullmatch(r"[A-Z]?" + _WORD.pattern, w) or w == "I" for w in words):
                for first in range(0, len(words), LONGEST["en"]):
                    yield " ".join(words[first : first + LONGEST["en"]])
        return
    for part in re.split(r"[。！？!?\n]+", text):
        if re.search(r"[A-Za-z0-9]", part):
            continue
        sentence: list[str] = []
        for clause in [*_CHINESE.findall(part), ""]:
            if sentence and (not clause or sum(map(len, sentence)) + len(clause) > LONGEST["zh"]):
                yield "，".join(sentence) + ("？" if sentence[-1].endswith(_ASKING) else "。")
                sentence = []
            if clause and len(clause) <= LONGEST["zh"]:
                sentence.append(clause)


def _words(text: str, language: Language) -> list[str]:
    """Give the words as they are written in a transcript; a hanzi counts as one."""
    return _WORD.findall(text.lower()) if language == "en" else re.findall(r"[㐀-鿿]", text)


def _run(words: list[str] | tuple[str, ...], random: Random) -> list[str]:
    length = random.randint(1, 4)
    first = random.randrange(max(1, len(words) - length + 1))
    return list(words[first : first + length])


def _number(language: Language, random: Random) -> list[str]:
    if random.random() < 0.5:
        return random.choices(DIGITS[language], k=random.randint(2, 6))
    tens, ones = random.choice(DIGITS[language][2:]), random.choice(DIGITS[language][1:])
    if language == "en":
        ten = random.choice(_TENS)
        return random.choice([[ten], [ten, ones], [tens, "hundred"], [tens, "hundred", "and", ten, ones]])
    return random.choice(
        [[tens, "十"], [tens, "十", ones], [tens, "百", ones, "十"], [tens, "千"], [ones, "万", tens, "千"]]
    )


def _joined(runs: list[list[str]]) -> str:
    return "".join(word for run in runs for word in run)


def _punctuated(runs: list[list[str]], language: Language, random: Random) -> str:
    comma, stops, space = ("，", "。。。？", "") if language == "zh" else (",", "...?", " ")
    text = ""
    for index, run in enumerate(runs):
        pause = comma if index and random.random() < 0.15 else ""
        text += pause + (space if index else "") + space.join(run)
    return text + random.choice(stops)
