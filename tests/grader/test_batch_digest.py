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
    assert digest(said) == digest(said.model_copy())
    assert len({digest(c) for c in (said, *others)}) == 4


def test_a_recording_is_its_sound(tmp_path: Path) -> None:
    """Wherever it lies: a folder may be moved, and a call exported anew under the same name."""
    calls = [tmp_path / "a.wav", tmp_path / "b.wav"]
    for call in calls:
        call.write_bytes(b"sound")
    first, moved = (digest(Conversation(id="c", recording=str(call))) for call in calls)
    assert first == moved
    calls[0].write_bytes(b"other")
    assert digest(Conversation(id="c", recording=str(calls[0]))) != first
    assert digest(Conversation(id="c", recording=str(tmp_path / "gone.wav"))) != first


def test_words_written_down_go_before_the_sound(tmp_path: Path) -> None:
    """Nobody listens then."""
    call = tmp_path / "a.wav"
    call.write_bytes(b"sound")
    said = Conversation(id="c", recording=str(call), turns=(Turn(speaker="agent", text="您好"),))
    before = digest(said)
    call.write_bytes(b"other")
    assert digest(said) == before
