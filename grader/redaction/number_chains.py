"""Numbers read in pieces: 幺三八 / 嗯 / 二六零三 / 嗯 / 七七四幺, each a turn, often said back by the other side."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from grader.redaction.digit_runs import Run
from grader.redaction.document import Document

_MOST_TURNS_BETWEEN = 5
_LONGEST_ACKNOWLEDGEMENT = (24, 40)
"""Characters of a turn between two pieces; "yep go on" and 嗯您继续说 are shorter."""
_LONGEST_TAIL = (10, 24)
"""Characters after a piece that still leave the number open, in Chinese and in English."""
_LONGEST_LEAD = (14, 28)
"""Characters before the next piece: 然后后面是…"""
_MOST_RUNS = 40
_NEXT_QUESTION = re.compile(r"number|code|card|mail|address|expir|[号码]")


def chains(document: Document, runs: Iterable[Run], asks_anew: Callable[[int], bool]) -> Iterator[list[Run]]:
    """Put together runs that may be pieces of one number; most chains hold one run.

    ``asks_anew`` tells whether a turn between two runs asks for something else.
    """
    chain: list[Run] = []
    for run in runs:
        if chain and (len(chain) == _MOST_RUNS or not _continues(document, chain[-1], run, asks_anew)):
            yield chain
            chain = []
        chain.append(run)
    if chain:
        yield chain


def readings(document: Document, chain: Sequence[Run]) -> Iterator[list[Run]]:
    """Give the ways to read a chain: what each speaker says, then all that is said without echoes."""
    speakers = [document.speakers[run.turn] for run in chain]
    for speaker in dict.fromkeys(speakers):
        yield [run for run, by in zip(chain, speakers, strict=True) if by == speaker]
    if len(chain) > 1:
        together = list(_without_echoes(chain))
        if len(set(speakers)) > 1 or len(together) < len(chain):
            yield together


def _continues(document: Document, last: Run, run: Run, asks_anew: Callable[[int], bool]) -> bool:
    between = range(last.turn + 1, run.turn)
    if run.turn == last.turn or len(between) > _MOST_TURNS_BETWEEN:
        return False
    tail = document.text[last.end : document.bounds(last.turn)[1]]
    lead = document.text[document.bounds(run.turn)[0] : run.start]
    left_open = len(tail) <= _LONGEST_TAIL[tail.isascii()] and not _NEXT_QUESTION.search(tail)
    taken_up = len(lead) <= _LONGEST_LEAD[lead.isascii()]
    if not (left_open and taken_up and all(_short(document, turn) for turn in between)):
        return False
    return not any(map(asks_anew, between))


def _short(document: Document, turn: int) -> bool:
    start, end = document.bounds(turn)
    return end - start <= _LONGEST_ACKNOWLEDGEMENT[document.text[start:end].isascii()]


def _without_echoes(chain: Sequence[Run]) -> Iterator[Run]:
    said = ""
    for run in chain:
        if not said.endswith(run.digits):
            said = (said + run.digits)[-32:]
            yield run
