"""Takes personal data out of conversations before anything is written.

``Redactor`` gives conversations with placeholders and, for each turn, the spans by which evidence found in the redacted
text leads back to the original. What is found and what is kept: ``docs/redaction.md``.
"""

from grader.redaction.fields import displayed
from grader.redaction.redactor import Redacted, Redactor
from grader.redaction.spans import (
    PLACEHOLDERS,
    Kind,
    RedactedSpan,
    offset_to_original,
    offset_to_redacted,
    span_to_original,
    span_to_redacted,
)

__all__ = [
    "PLACEHOLDERS",
    "Kind",
    "Redacted",
    "RedactedSpan",
    "Redactor",
    "displayed",
    "offset_to_original",
    "offset_to_redacted",
    "span_to_original",
    "span_to_redacted",
]
