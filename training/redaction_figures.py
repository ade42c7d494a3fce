"""What the redactor does to the STC-3 training texts: how much it takes out, of which kinds, how fast.

Run with ``python -m training.redaction_figures DATA_FOLDER``; ``--hits`` shows every hit with the words around it, for a
person to judge. The texts of STC-3 are for research only: the hits are to be read, not kept. The judged figures stand in
``docs/redaction.md``.
"""

import argparse
import gzip
import json
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.conversation import Conversation, Turn
from grader.redaction import Redacted, Redactor

LANGUAGES = ("zh", "en")
_SPEAKERS = {"customer": "customer", "helpdesk": "agent"}
_AROUND = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What was measured on one file."""

    turns: int
    characters: int
    hits: Counter[str]
    """Placeholders by kind."""
    seconds: float
    """Processor time for all turns."""

    @property
    def rate(self) -> float:
        """Hits a thousand turns, true and false."""
        return 1000 * self.hits.total() / self.turns

    @property
    def microseconds(self) -> float:
        """Processor time for forty characters, an ordinary turn."""
        return 40e6 * self.seconds / self.characters


def read(path: Path) -> list[Conversation]:
    """Read one file of STC-3: a conversation a line, gzipped."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [
        Conversation(
            id=row["id"],
            turns=tuple(
                Turn(speaker=_SPEAKERS[turn["sender"]], text=" ".join(turn["utterances"]))
                for turn in row["turns"]
            ),
        )
        for row in rows
    ]


def measure(conversations: Sequence[Conversation]) -> tuple[Figures, list[Redacted]]:
    """Redact everything once."""
    start = time.process_time()
    redacted = Redactor().redact(conversations)
    seconds = time.process_time() - start
    turns = [turn for conversation in conversations for turn in conversation.turns]
    figures = Figures(
        turns=len(turns),
        characters=sum(len(turn.text) for turn in turns),
        hits=Counter(span.kind for one in redacted for spans in one.spans for span in spans),
        seconds=seconds,
    )
    return figures, redacted


def hits(conversations: Sequence[Conversation], redacted: Sequence[Redacted]) -> Iterator[str]:
    """Give every hit with the words around it."""
    for conversation, one in zip(conversations, redacted, strict=True):
        for turn, spans in zip(conversation.turns, one.spans, strict=True):
            for span in spans:
                before = turn.text[max(0, span.start - _AROUND) : span.start]
                after = turn.text[span.end : span.end + _AROUND]
                yield f"{span.kind:9} {turn.speaker:8} {before}⟦{turn.text[span.start : span.end]}⟧{after}"


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "data", type=Path, help="folder that holds stc3/train_zh.jsonl.gz and train_en.jsonl.gz"
    )
    parser.add_argument("--hits", action="store_true", help="show every hit")
    arguments = parser.parse_args()
    for language in LANGUAGES:
        conversations = read(arguments.data / "stc3" / f"train_{language}.jsonl.gz")
        figures, redacted = measure(conversations)
        if arguments.hits:
            print(*hits(conversations, redacted), sep="\n")
        kinds = ", ".join(f"{kind} {count}" for kind, count in figures.hits.most_common())
        print(f"{language}: {figures.turns} turns, {figures.rate:.1f} hits a thousand turns ({kinds})")
        print(f"    {figures.microseconds:.0f} µs for 40 characters")


if __name__ == "__main__":
    main()
