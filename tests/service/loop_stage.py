"""People and platforms who work the review queue, for the API's tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import api_stage
import httpx
import people_stage
from store_stage import chat

from service.api.state import State
from service.roles import Role
from service.scorecards import install_shipped

RUDE = "您烦死了!"
PLAIN = "您好。"
WELL = "抱歉让您久等,已为您更换,24小时内专员联系您。"


def fill(state: State, address: str, *said: str, name: str = "c") -> list[str]:
    """Send chats ``c-0`` … of a platform, in which the agent says these; gives their uids."""
    with state.database.write() as session:
        install_shipped(session)
    with api_stage.client(state, address) as platform:
        return [
            _sent(platform, api_stage.body(chat(f"{name}-{number}", said=words)))
            for number, words in enumerate(said)
        ]


@contextmanager
def person(
    state: State,
    address: str,
    login: str,
    role: Role = "reviewer",
    *,
    teams: tuple[str, ...] = ("returns",),
    agent_id: str | None = None,
) -> Iterator[httpx.Client]:
    """Log somebody in who has a new account."""
    people_stage.account(state, login, role=role, teams=teams, agent_id=agent_id)
    with people_stage.browser(address, login) as client:
        yield client


def waiting(client: httpx.Client, **params: str) -> list[dict[str, Any]]:
    """Give the queue as somebody sees it."""
    answer = client.get("/v1/reviews", params=params)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def claimed(client: httpx.Client, uid: str) -> str:
    """Claim the review of a conversation; gives its id."""
    item = next(item for item in waiting(client) if item["uid"] == uid)
    assert client.post(f"/v1/reviews/{item['id']}/claim").status_code == 200
    return str(item["id"])


def _sent(platform: httpx.Client, body: dict[str, Any]) -> str:
    answer = platform.post("/v1/conversations", json=body)
    assert answer.status_code == 200, answer.text
    return answer.headers["X-Conversation-UID"]
