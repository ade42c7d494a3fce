"""The installation's secret, and how customers' ids are hidden with it."""

import hashlib
import hmac
import os
import secrets
from contextlib import suppress
from typing import Final

from service.settings import ServiceSettings

_FILE: Final = "secret"


def installation_secret(settings: ServiceSettings) -> bytes:
    """Give the secret of the settings, or that of the data folder, which is made once."""
    if settings.secret is not None:
        return settings.secret.get_secret_value().encode()
    settings.data.mkdir(parents=True, exist_ok=True)
    path = settings.data / _FILE
    draft = settings.data / f"{_FILE}.{os.getpid()}-{secrets.token_hex(4)}"
    if not path.exists():
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(32))
        # Of several processes that start at once, one secret wins, whole.
        with suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    return path.read_bytes()


def customer_hash(secret: bytes, customer_id: str | None) -> str | None:
    """Give what a customer is found by: the id itself may be a phone number and is not kept."""
    if customer_id is None:
        return None
    return hmac.new(secret, b"customer\0" + customer_id.encode(errors="replace"), hashlib.sha256).hexdigest()
