"""Small secrets at rest and in cookies: encrypted and authenticated under the installation's secret."""

import base64
from datetime import timedelta

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


class Sealer:
    """Seals texts for one purpose; what was sealed for another cannot be opened (HKDF, RFC 5869; Fernet)."""

    def __init__(self, secret: bytes, purpose: str) -> None:
        derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose.encode()).derive(secret)
        self._fernet = Fernet(base64.urlsafe_b64encode(derived))

    def seal(self, text: str) -> str:
        """Encrypt a text."""
        return self._fernet.encrypt(text.encode()).decode()

    def open(self, sealed: str, *, within: timedelta | None = None) -> str | None:
        """Give the text; None where it was changed, sealed under another secret, or longer ago than ``within``."""
        lasts = None if within is None else int(within.total_seconds())
        try:
            return self._fernet.decrypt(sealed.encode(errors="replace"), ttl=lasts).decode()
        except InvalidToken:
            return None
