"""Artifacts of one's own: folders in the models folder that never stand in the way of what ships."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from grader.problems import InputError, Problem
from models.store import SHIPPED, artifact, models_folder, readable

LEARNT: Final = "learnt.json"
"""Beside weights that learnt from corrections: hashes of the conversations they learnt from."""


def fresh_folder(name: str, *, root: Path | None = None, option: str = "--name") -> Path:
    """Give the folder of a new artifact called ``name``; it does not exist yet.

    Args:
        name: of the artifact.
        root: where it goes; the models folder by default.
        option: the command's option that gives it another name, for the message.

    Raises:
        InputError: the name is taken, or cannot be a folder's.
    """
    folder = (root or models_folder()) / name
    if not name or name in {".", ".."} or not all(sign.isalnum() or sign in "-_." for sign in name):
        wrong, remedy = f"{name!r} cannot name a folder.", "Use letters, digits, -, _ and . in the name."
    elif (SHIPPED / name).exists() or folder.exists():
        wrong, remedy = f"There is an artifact called {name!r} already.", "Choose another name."
    else:
        return folder
    raise InputError(Problem(source=option, place=None, problem=wrong, remedy=remedy))


def next_names(*stems: str) -> tuple[str, ...]:
    """Give each stem with the lowest number, from 2 on, that is free for all of them."""
    number = 2
    while any((root / f"{stem}-{number}").exists() for root in (SHIPPED, models_folder()) for stem in stems):
        number += 1
    return tuple(f"{stem}-{number}" for stem in stems)


def keep_learnt(folder: Path, conversations: Iterable[str]) -> None:
    """Write beside the weights in ``folder`` which conversations they learnt from, as hashes of the ids."""
    hashes = sorted(map(_hash, conversations))
    (folder / LEARNT).write_text(json.dumps({"conversations": hashes}) + "\n", encoding="utf-8")


def unlearnt(weights: str, conversations: Sequence[str]) -> list[bool]:
    """Tell of each conversation's id whether the installed weights never learnt from it.

    Raises:
        models.store.ModelError: there are no such weights.
    """
    path = artifact(weights) / LEARNT
    if not path.exists():
        return [True] * len(conversations)
    with readable(path):
        learnt = set(json.loads(path.read_text(encoding="utf-8"))["conversations"])
    return [_hash(one) not in learnt for one in conversations]


def _hash(conversation: str) -> str:
    return hashlib.sha256(conversation.encode()).hexdigest()[:20]
