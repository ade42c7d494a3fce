"""Passwords: hashed with argon2id (RFC 9106), checked in constant effort, long enough (NIST SP 800-63B)."""

import secrets
import threading
from functools import cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from grader.problems import InputError, Problem

SHORTEST: Final = 12
LONGEST: Final = 256

_HASHER: Final = PasswordHasher()

_AT_ONCE: Final = threading.BoundedSemaphore(2)
"""A hash takes 64 MiB and a fifth of a second: guesses that come together must not take the machine."""


def hashed(password: str) -> str:
    """Give what is kept of a password."""
    with _AT_ONCE:
        return _HASHER.hash(password)


def is_right(password_hash: str | None, password: str) -> bool:
    """Check a password; an account without one, or none at all, takes as long as any other."""
    with _AT_ONCE:
        try:
            _HASHER.verify(password_hash or _nobody(), password)
        except (VerificationError, InvalidHashError):
            return False
    return password_hash is not None


def is_outdated(password_hash: str) -> bool:
    """Tell whether a hash was made with weaker parameters than today's."""
    return _HASHER.check_needs_rehash(password_hash)


def one_time() -> str:
    """Make a password that its owner must change at once."""
    return secrets.token_urlsafe(15)


def require_strength(password: str, *, login: str) -> None:
    """Refuse a password that is easily guessed.

    Raises:
        InputError: it is too short, too long, or holds the login.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise InputError(_weak(f"The password has {len(password)} characters."))
    if login.lower() in password.lower() or len(set(password)) < SHORTEST // 2:
        raise InputError(_weak("The password is easily guessed."))


def _weak(problem: str) -> Problem:
    remedy = f"Take one of {SHORTEST} to {LONGEST} characters that does not hold the login; four words make a good one."
    return Problem(source="password", place=None, problem=problem, remedy=remedy)


@cache
def _nobody() -> str:
    return _HASHER.hash(secrets.token_urlsafe(24))
