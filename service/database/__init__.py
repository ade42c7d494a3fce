"""The store. Nothing outside this room speaks SQL: it opens a ``Database`` and calls these modules' functions.

Every function takes the ``Session`` of a transaction that the caller began, so that several make one whole.
"""

from service.database.engine import Database
from service.database.migration import migrate

__all__ = ["Database", "migrate"]
