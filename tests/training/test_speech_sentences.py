"""What the voices say: the written sentences, parts held out, and strings that nobody would say."""

import json
from pathlib import Path
from random import Random

import pytest

from training.speech.dialogue import load
from training.speech.micro import CORPORA
from training.speech.samples import SAMPLES
from training.speech.sentences import LANGUAGES, Language, Material, keep, kept, read, written


@pytest.fixture(scope="module")
def materials() -> dict[Language, Material]:
    """The project's own sentences."""
    return read(CORPORA, SAMPLES / "scripts", known=450)


@pytest.mark.parametrize(
    ("spoken", "transcript"),
    [
        ("I'm sorry, it's late. Shall we?", "i'm sorry it's late shall we"),
        ("thirty one", "thirty one"),
        ("您好，请说。", "您好，请说。"),
    ],
)
def test_a_transcript_of_english_has_no_marks(spoken: str, transcript: str) -> None:
    """English is written in lower case without marks, Mandarin as it was."""
    assert written(spoken) == transcript


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_held_out_is_never_taught(language: Language, materials: dict[Language, Material]) -> None:
    """The three parts share no sentence, whatever its marks and capitals, and each part is large enough to measure."""
    parts = {
        part: {"".join(c for c in written(text) if c.isalpha()) for text in texts}
        for part, texts in materials[language].sentences.items()
    }
    assert not parts["taught"] & (parts["development"] | parts["blind"])
    assert not parts["development"] & parts["blind"]
    assert min(len(parts["development"]), len(parts["blind"])) >= 80


def test_sentences_of_the_sample_calls_are_not_taught(materials: dict[Language, Material]) -> None:
    """Their words are said in other orders, and all of their hanzi are known."""
    sentences = {s for script in load(SAMPLES / "scripts") for line in script.turns for s in line.sentences}
    random = Random(3)
    for language in LANGUAGES:
        refused = {"".join(c for c in written(s) if c.isalpha()) for s in sentences}
        drawn = [materials[language].draw(random).text for _ in range(2_000)]
        assert not refused & {"".join(c for c in written(text) if c.isalpha()) for text in drawn}
    mandarin = {c for s in sentences for c in s if "㐀" <= c <= "鿿"}
    assert mandarin <= materials["zh"].alphabet


@pytest.mark.parametrize("language", LANGUAGES)
def test_strings_and_sentences_are_both_drawn(
    language: Language, materials: dict[Language, Material]
) -> None:
    """Two of five are sentences; the same seed draws the same."""
    taught = set(materials[language].sentences["taught"])
    first, again = (
        [materials[language].draw(random).text for _ in range(1_000)] for random in (Random(1), Random(1))
    )
    assert first == again
    assert 0.33 < sum(text in taught for text in first) / 1_000 < 0.47


def test_sentences_with_digits_or_foreign_letters_are_left_out(tmp_path: Path) -> None:
    """What cannot be spoken as it is written is not spoken; the rest of the turn is."""
    turns = [
        {"language": "en", "text": "Your code is 4711. Please keep it safe, Ms Weber. OK?"},
        {"language": "zh", "text": "请看APP。我们马上处理好 请放心"},
    ]
    (tmp_path / "turns.jsonl").write_text("\n".join(map(json.dumps, turns)), encoding="utf-8")
    found = read(tmp_path, tmp_path, known=450)
    english, mandarin = (
        {text for texts in found[language].sentences.values() for text in texts} for language in ("en", "zh")
    )
    assert english == {"Please keep it safe", "Ms Weber"}
    assert mandarin == {"我们马上处理好，请放心。"}


def test_only_frequent_words_are_taught(tmp_path: Path) -> None:
    """A sentence with a rarer word is left out; ties are decided by the order of the texts."""
    texts = ["the red book", "the red door", "the blue book", "the red book again"]
    (tmp_path / "turns.jsonl").write_text(
        "\n".join(json.dumps({"language": "en", "text": text}) for text in texts), encoding="utf-8"
    )
    found = read(tmp_path, tmp_path, known=3)["en"].sentences
    assert {text for part in found.values() for text in part} == {"the red book"}


def test_material_is_kept_as_it_is(tmp_path: Path, materials: dict[Language, Material]) -> None:
    """A training that is taken up again says the same sentences."""
    keep(materials, tmp_path / "work" / "sentences.json")
    assert kept(tmp_path / "work" / "sentences.json") == materials
