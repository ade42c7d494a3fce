"""A real server with the stage's grader, and clients for it."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import store_stage
import uvicorn

from grader.conversation import Conversation
from service import logs
from service.api.app import create_app
from service.api.inline import InlineGrader
from service.api.state import State
from service.database import Database, keys
from service.jobs.graders import Graders
from service.protocol import TimelyProtocol
from service.roles import KeyRole
from service.settings import ServiceSettings
from service.vault import Vault

logs.configure("WARNING")


def state_of(database: Database, data: Path, **settings: Any) -> State:
    """Give what the routes work with, on a database of the tests'."""
    graders = Graders(store_stage.grader)
    return State(
        settings=ServiceSettings(data=data, database=database.url, **settings),
        database=database,
        vault=Vault(data),
        graders=graders,
        secret=b"invented secret",
        inline=InlineGrader(database, graders),
    )


@contextmanager
def serving(state: State) -> Iterator[str]:
    """Serve on a free port of loopback; gives the address."""
    config = uvicorn.Config(create_app(state), port=0, http=TimelyProtocol, log_config=None, access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 30
    while not server.started:
        assert thread.is_alive()
        assert time.monotonic() < deadline, "the server does not start"
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()
        state.inline.close()


def client(
    state: State,
    address: str,
    *,
    role: KeyRole = "platform",
    name: str = "shop",
    scopes: tuple[str, ...] = (),
) -> httpx.Client:
    """Give a client with a new key."""
    with state.database.write() as session:
        key, _ = keys.create(session, name=name, role=role, scopes=scopes)
    return httpx.Client(base_url=address, headers={"Authorization": f"Bearer {key}"}, timeout=30)


def body(conversation: Conversation) -> dict[str, Any]:
    """Give a conversation as a platform sends it."""
    return conversation.model_dump(mode="json", exclude_defaults=True)
