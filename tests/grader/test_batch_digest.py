"""What a nightly batch takes for the same conversation."""

from pathlib import Path

from grader.batch import digest
from grader.conversation import Conversation, Turn


def test_words_and_particulars_make_a_conversation() -> None:
    """Whatever a grade rests on changes the hash."""
    said = Conversation(id="c", turns=(Turn(speaker="agent", text="您好"),))
    others = [
        said.model_copy(update={"turns": (Turn(speaker="customer", text="您好"),)}),
        said.model_copy(update={"metadata": {"answer_delay": 3}}),
        said.model_copy(update={"language": "zh"}),
    ]
    assert digest(said, None) == digest(said.model_copy(), None)
    assert len({digest(c, None) for c in (said, *others)}) == 4


def test_a_recording_is_its_sound(tmp_path: Path) -> None:
    """Wherever it lies: a folder may be moved, and a call exported anew under the same name."""
    calls = [tmp_path / "a.wav", tmp_path / "b.wav"]
    for call in calls:
        call.write_bytes(b"sound")
    first, moved = (_unheard(call) for call in calls)
    assert first == moved
    calls[0].write_bytes(b"other")
    assert _unheard(calls[0]) != first
    assert _unheard(tmp_path / "gone.wav") != first


def _unheard(call: Path) -> str:
    return digest(Conversation(id="c", recording=str(call)), str(call))


def test_words_written_down_go_before_the_sound(tmp_path: Path) -> None:
    """Nobody listens then."""
    call = tmp_path / "a.wav"
    call.write_bytes(b"sound")
    said = Conversation(id="c", recording=str(call), turns=(Turn(speaker="agent", text="您好"),))
    before = digest(said, str(call))
    call.write_bytes(b"other")
    assert digest(said, str(call)) == before
