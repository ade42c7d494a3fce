"""Opening the store of an installation: the tables of this version, the scorecards that come with it, the vault."""

from service.database import Database, migrate
from service.scorecards import install_shipped
from service.settings import ServiceSettings
from service.vault import Vault


def open_database(settings: ServiceSettings) -> Database:
    """Open the database, brought up to this version of the program.

    Raises:
        grader.problems.InputError: the URL is of no database that is supported.
    """
    database = Database(settings.database_url)
    migrate(database)
    with database.alone() as session:
        install_shipped(session)
    return database


def open_vault(settings: ServiceSettings) -> Vault:
    """Open the vault of the recordings.

    Raises:
        grader.problems.InputError: the key is no such key.
    """
    key = settings.recordings_key.get_secret_value() if settings.recordings_key else None
    return Vault(settings.data, key)
