"""A process that sends webhooks."""

import logging

from service.addresses import Reach
from service.database import Database
from service.identity import installation_secret
from service.logs import configure
from service.processes import stop_of_child
from service.settings import ServiceSettings
from service.webhooks.sender import Pace, Sender
from service.webhooks.signing import sealer


def reach_of(settings: ServiceSettings) -> Reach:
    """Give whom webhooks may be sent to: every public address by https, and what the settings allow beyond that."""
    return Reach(plain=settings.plain_hosts, networks=settings.private_networks)


def send(settings: ServiceSettings) -> None:
    """Be one process that sends webhooks."""
    configure(settings.log_level)
    stop = stop_of_child()
    database = Database(settings.database_url)
    pace = Pace(timeout=settings.webhook_timeout, poll=settings.poll, patience=settings.webhook_patience)
    Sender(database, sealer(installation_secret(settings)), reach_of(settings), pace=pace).run(stop)
    database.close()
    logging.shutdown()
