"""Reading: files of any supported format go in, clean conversations come out, and a problem for all that cannot be.

The formats are described in ``docs/formats.md``. Every format gives drafts (``drafts``); one cleaner
(``cleaning``) makes conversations of them, and of what the service is sent.
"""

from grader.reading.cleaning import conversation_from
from grader.reading.reader import read

__all__ = ["conversation_from", "read"]
