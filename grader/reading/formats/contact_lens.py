"""Amazon Connect Contact Lens: the output file of a call or chat, and the segments of its real-time API.

https://docs.aws.amazon.com/connect/latest/adminguide/contact-lens-example-output-files.html
"""

from collections.abc import Iterator, Mapping
from typing import Any

from grader.reading.drafts import Draft
from grader.reading.formats.json_access import listed, listed_as_is, nested, seconds_from_ms

_CHANNELS = {"VOICE": "call", "CHAT": "chat", "EMAIL": "email"}


def fits(value: Mapping[str, Any]) -> bool:
    """Tell the format by its keys."""
    return isinstance(value.get("Transcript"), list) or any(
        "Transcript" in s for s in listed(value, "Segments")
    )


def drafts(value: Mapping[str, Any], place: str | None) -> Iterator[Draft]:
    """Give the conversation of one output file."""
    segments = (segment["Transcript"] for segment in listed(value, "Segments") if "Transcript" in segment)
    items = listed_as_is(value, "Transcript") or list(segments)
    roles = {str(p.get("ParticipantId")): p.get("ParticipantRole") for p in listed(value, "Participants")}
    channel = value.get("Channel")
    yield Draft(
        data={
            "id": nested(value, "CustomerMetadata").get("ContactId") or value.get("ContactId"),
            "channel": _CHANNELS.get(channel, channel) if isinstance(channel, str) else channel,
            "language": value.get("LanguageCode"),
            "turns": [_turn(item, roles) for item in items if not _is_event(item)],
        },
        place=place,
    )


def _is_event(item: object) -> bool:
    """Tell what is no message: somebody joined or left."""
    return isinstance(item, dict) and item.get("Type") == "EVENT"


def _turn(item: Any, roles: Mapping[str, Any]) -> Any:
    if not isinstance(item, dict):
        return item
    participant = item.get("ParticipantId")
    return {
        "speaker": roles.get(str(participant)) or item.get("ParticipantRole") or participant,
        "text": "" if item.get("Type") == "ATTACHMENT" else item.get("Content"),
        "start": seconds_from_ms(item.get("BeginOffsetMillis")),
        "end": seconds_from_ms(item.get("EndOffsetMillis")),
        "sent_at": item.get("AbsoluteTime") or nested(item, "Time").get("AbsoluteTime"),
    }
