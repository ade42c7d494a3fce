"""The recogniser's vocabulary: one token a hanzi, pieces of English words, and Whisper's special tokens.

Byte-level BPE as GPT-2's (Radford et al. 2019), so that any text can be spelled; the order of the special tokens is
that of OpenAI's Whisper, by which faster-whisper and CTranslate2 find them.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers

SPECIAL: Final = (
    "endoftext", "startoftranscript", "en", "zh", "translate", "transcribe", "startoflm", "startofprev", "nospeech",
    "notimestamps",
)  # fmt: skip
TIMES: Final = 1_501
"""Timestamps, from 0.00 to 30.00."""

SECONDS_PER_TIME: Final = 0.02
ENGLISH_PIECES: Final = 1_500
"""Merges of letters learnt from the English sentences."""

MARKS: Final = "，。？"


def build(alphabet: Iterable[str], english: Iterable[str]) -> Tokenizer:
    """Make the tokenizer for the hanzi of ``alphabet`` and the words of the ``english`` sentences."""
    spell = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    letters = _bytes()
    vocabulary = {letter: index for index, letter in enumerate(letters)}
    merges: list[tuple[str, str]] = []

    def merge(parts: Iterable[str]) -> None:
        whole = ""
        for part in parts:
            if whole and whole + part not in vocabulary:
                vocabulary[whole + part] = len(vocabulary)
                merges.append((whole, part))
            whole += part

    # faster-whisper never lets these be said; alone, their first token would be the space that every word needs.
    for never in (" -", " '", " ♩"):
        merge(spell.pre_tokenize_str(never)[0][0][:2])
    for character in [*MARKS, *sorted(alphabet)]:
        merge(spell.pre_tokenize_str(character)[0][0])
    for left, right in _english_merges(english):
        if left + right not in vocabulary:
            vocabulary[left + right] = len(vocabulary)
            merges.append((left, right))
    vocabulary[""] = len(vocabulary)  # without it CTranslate2 takes the model for an English one
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=merges))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(
        [AddedToken(f"<|{name}|>", special=True, normalized=False) for name in SPECIAL]
    )
    tokenizer.add_tokens(
        [
            AddedToken(f"<|{index * SECONDS_PER_TIME:.2f}|>", special=False, normalized=False)
            for index in range(TIMES)
        ]
    )
    return tokenizer


def special(tokenizer: Tokenizer, name: str) -> int:
    """Give the number of a special token, or of a timestamp such as ``0.00``.

    Raises:
        KeyError: there is no such token.
    """
    number = tokenizer.token_to_id(f"<|{name}|>")
    if number is None:
        raise KeyError(name)
    return number


def save(tokenizer: Tokenizer, folder: Path) -> None:
    """Write the tokenizer as transformers reads it."""
    tokenizer.save(str(folder / "tokenizer.json"))
    end = f"<|{SPECIAL[0]}|>"
    settings = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": end,
        "eos_token": end,
        "unk_token": end,
        "pad_token": end,
        "additional_special_tokens": [f"<|{name}|>" for name in SPECIAL[1:]],
        "model_max_length": 1024,
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")


def _bytes() -> list[str]:
    """Give the letter that stands for each byte, in the order of the bytes (GPT-2's ``bytes_to_unicode``)."""
    plain = {*range(33, 127), *range(161, 173), *range(174, 256)}
    others = iter(range(256, 512))
    return [chr(byte) if byte in plain else chr(next(others)) for byte in range(256)]


def _english_merges(sentences: Iterable[str]) -> list[tuple[str, str]]:
    learner = Tokenizer(models.BPE())
    learner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(
        vocab_size=len(letters) + ENGLISH_PIECES, initial_alphabet=letters, show_progress=False
    )
    learner.train_from_iterator((f" {sentence}" for sentence in sentences), trainer)
    return [(left, right) for left, right in json.loads(learner.to_str())["model"]["merges"]]
