"""The patterns of ``models.turns.concepts``: by name, one expression a language, over folded text.

``patterns_zh.tsv`` and ``patterns_en.tsv`` have a line a pattern: its name and what hyperscan and ``re`` read alike: no
look-around, no back reference. A name that both languages have is one concept and one column.
"""

from functools import cache
from pathlib import Path


@cache
def patterns(language: str) -> dict[str, str]:
    """Read the patterns of a language (``zh`` or ``en``), in the order of the file."""
    path = Path(__file__).with_name(f"patterns_{language}.tsv")
    lines = (line.partition("\t") for line in path.read_text(encoding="utf-8").splitlines())
    return {name: expression for name, _, expression in lines}
