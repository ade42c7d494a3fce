"""The service's commands. Heavy libraries are imported when a command runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from grader.cli.common import refuse
from service.roles import KeyRole, PersonRole

if TYPE_CHECKING:
    from service.api.state import State
    from service.database import Database
    from service.settings import ServiceSettings

Data = Annotated[Path | None, typer.Option(help="The data folder.", show_default="data")]
DatabaseUrl = Annotated[
    str | None, typer.Option(help="postgresql+psycopg://… where it is not the data folder's own file.")
]
SpeechWorkers = Annotated[int | None, typer.Option(min=0, help="Processes that transcribe.")]
TextWorkers = Annotated[int | None, typer.Option(min=0, help="Processes that grade transcripts.")]

key = typer.Typer(help="Make, list and revoke API keys.", no_args_is_help=True)
user = typer.Typer(help="Make accounts, and give them new passwords.", no_args_is_help=True)
audit = typer.Typer(help="Check the audit log.", no_args_is_help=True)


def serve(
    *,
    host: Annotated[
        str, typer.Option(help="Address to listen on; others than loopback need TLS before them.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 for any that is free.")] = 8080,
    data: Data = None,
    database: DatabaseUrl = None,
    speech: SpeechWorkers = None,
    text: TextWorkers = None,
    samples: Annotated[
        list[Path] | None,
        typer.Option(exists=True, help="Files or folders to put in at the first start; may be repeated."),
    ] = None,
) -> None:
    """Serve the REST API and the review console, with workers for its jobs, until stopped."""
    from service.addresses import is_loopback
    from service.first_start import greeting
    from service.logs import configure
    from service.serving import serve as run

    settings = _settings(data=data, database=database, speech_workers=speech, text_workers=text)

    def announce(address: str, state: "State") -> None:
        for line in greeting(address, state, samples or ()):
            typer.echo(line)

    if not is_loopback(host):
        typer.echo(
            f"Listening on {host}, beyond this machine: let a proxy with TLS stand before it.", err=True
        )
    configure(settings.log_level)
    with _told():
        run(settings, host=host, port=port, announce=announce)


def worker(
    *,
    data: Data = None,
    database: DatabaseUrl = None,
    speech: SpeechWorkers = None,
    text: TextWorkers = None,
) -> None:
    """Work on the jobs of the service until stopped; several machines may do so on one database."""
    from service.logs import configure
    from service.worker import run

    settings = _settings(data=data, database=database, speech_workers=speech, text_workers=text)
    configure(settings.log_level)
    with _told():
        run(settings)


@key.command("create")
def create_key(
    *,
    role: Annotated[KeyRole, typer.Option(help="What the key may do.")] = "platform",
    name: Annotated[
        str, typer.Option(help="The platform; its conversations are kept under this name.")
    ] = "platform",
    scope: Annotated[
        list[str] | None, typer.Option(help="Narrow the role down to this permission; may be repeated.")
    ] = None,
    days: Annotated[int | None, typer.Option(min=1, help="Days until the key expires.")] = None,
    data: Data = None,
    database: DatabaseUrl = None,
) -> None:
    """Make an API key and print it: it is shown this once."""
    from service.api.permissions import PERMISSIONS
    from service.database import audit, keys
    from service.database.types import now

    unknown = set(scope or ()) - PERMISSIONS[role]
    if unknown:
        known = ", ".join(sorted(PERMISSIONS[role]))
        refuse(f"--scope {min(unknown)}: The role {role} has no such permission. It has: {known}.")
    expires_at = None if days is None else now() + timedelta(days=days)
    with _opened(data, database) as opened, opened.write() as session:
        made, row = keys.create(
            session,
            name=name,
            role=role,
            scopes=scope or (),
            expires_at=expires_at,
            created_by="command",
        )
        audit.append(session, actor="command", action="create", object_kind="key", object_id=row.id)
    typer.echo(made)


@key.command("list")
def list_keys(*, data: Data = None, database: DatabaseUrl = None) -> None:
    """List the keys: beginning, name, role, last use, and whether they are valid still."""
    from rich.console import Console
    from rich.table import Table

    from service.database import keys

    table = Table("id", "key", "name", "role", "scopes", "last used", "expires", "revoked", box=None)
    with _opened(data, database) as opened, opened.read() as session:
        cursor: str | None = None
        while True:
            page = keys.listed(session, cursor=cursor)
            for row in page.items:
                times = (row.used_at, row.expires_at, row.revoked_at)
                shown = (time.isoformat(timespec="minutes") if time else "-" for time in times)
                table.add_row(
                    row.id, f"{row.prefix}…", row.name, row.role, " ".join(row.scopes) or "all", *shown
                )
            cursor = page.next
            if cursor is None:
                break
    Console().print(table)


@key.command("revoke")
def revoke_key(
    key_id: Annotated[str, typer.Argument(help="As `grader key list` shows it.")],
    *,
    data: Data = None,
    database: DatabaseUrl = None,
) -> None:
    """End a key."""
    from service.database import audit, keys
    from service.database.errors import MissingError

    with _opened(data, database) as opened, opened.write() as session:
        try:
            keys.revoke(session, key_id)
        except MissingError:
            refuse(f"{key_id}: There is no such key. See: grader key list.")
        audit.append(session, actor="command", action="delete", object_kind="key", object_id=key_id)
    typer.echo(f"The key {key_id} is revoked.")


@user.command("create")
def create_user(
    login: Annotated[str, typer.Argument(help="What the person logs in as.")],
    *,
    role: Annotated[PersonRole, typer.Option(help="What the person may do.")] = "reviewer",
    name: Annotated[str | None, typer.Option(help="The person's name.", show_default="the login")] = None,
    team: Annotated[
        list[str] | None, typer.Option(help="A team whose conversations are seen; may be repeated.")
    ] = None,
    agent_id: Annotated[str | None, typer.Option(help="For agents: as conversations name them.")] = None,
    data: Data = None,
    database: DatabaseUrl = None,
) -> None:
    """Make an account and print its one-time password."""
    from grader.reading.characters import tidy_name
    from service import passwords
    from service.database import accounts, audit
    from service.database.errors import ConflictError

    password = passwords.one_time()
    with _opened(data, database) as opened, opened.write() as session:
        try:
            row = accounts.add_user(
                session,
                login=login,
                name=name or login,
                role=role,
                password_hash=passwords.hashed(password),
                must_change_password=True,
                agent_id=None if agent_id is None else tidy_name(agent_id),
            )
        except ConflictError as error:
            refuse(str(error))
        accounts.set_teams(session, row.id, [tidy_name(named) for named in team or ()])
        audit.append(session, actor="command", action="create", object_kind="user", object_id=row.id)
    typer.echo(password)


@user.command("password")
def reset_password(
    login: Annotated[str, typer.Argument(help="Whose password to replace.")],
    *,
    data: Data = None,
    database: DatabaseUrl = None,
) -> None:
    """Give an account a new one-time password, print it, and end the account's sessions."""
    from service import passwords
    from service.database import accounts, audit

    password = passwords.one_time()
    with _opened(data, database) as opened, opened.write() as session:
        row = accounts.find_user(session, login)
        if row is None:
            refuse(f"{login}: There is no such account. Make it with: grader user create.")
        row.password_hash, row.must_change_password = passwords.hashed(password), True
        accounts.close_sessions(session, row.id)
        audit.append(session, actor="command", action="change", object_kind="user", object_id=row.id)
    typer.echo(password)


@audit.command("verify")
def verify_audit(*, data: Data = None, database: DatabaseUrl = None) -> None:
    """Check that no row of the audit log was changed, taken out or put in.

    Exit status 0 if the chain is whole, 3 if not.
    """
    from service.database import audit

    with _opened(data, database) as opened, opened.read() as session:
        found = audit.verify(session)
    if found.broken_at is not None:
        typer.echo(
            f"The chain is broken at row {found.broken_at}: it was changed, taken out or put in. "
            f"The {found.rows} rows before it are whole.",
            err=True,
        )
        raise typer.Exit(3)
    typer.echo(f"The chain of {found.rows} rows is whole. Its head is {found.head or '(empty)'}.")


def _settings(**given: Any) -> "ServiceSettings":
    """Give the settings of the environment, with what the command line says."""
    from pydantic import ValidationError

    from service.settings import ServiceSettings

    try:
        settings = ServiceSettings()
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        name = "_".join(map(str, first["loc"])).upper()
        refuse(f"CALLGRADER_{name}: {first['msg']}. Mend the environment variable or unset it.")
    return settings.model_copy(update={name: value for name, value in given.items() if value is not None})


@contextmanager
def _opened(data: Path | None, database: str | None) -> "Iterator[Database]":
    from service.store import open_database

    with _told():
        opened = open_database(_settings(data=data, database=database))
        try:
            yield opened
        finally:
            opened.close()


@contextmanager
def _told() -> Iterator[None]:
    """End the command with the problem where the settings do not work."""
    from grader.problems import InputError
    from models.store import ModelError

    try:
        yield
    except (InputError, ModelError) as error:
        refuse(str(error))
