"""Sentences that Whisper learnt from subtitles and says where nobody speaks.

Reported by its users over and over (openai/whisper discussions 679 and 928, WhisperLive 246): credits of subtitle
groups, and the farewells of video channels. Nobody says them on the telephone. A plain 谢谢 or "thank you" is not
among them, because callers do say that.
"""

import re
from typing import Final

_PUNCTUATION: Final = re.compile(r"[\W_]+")

_PATTERNS: Final = (
    # 字幕由Amara.org社区提供, 中文字幕志愿者…, 字幕制作…, 字幕 by …
    "(中文)?字幕(由|提供|志[愿願]者|[制製]作|[组組]|校[对對]|翻[译譯]|by).{0,24}",
    "[请請]?不吝[点點][赞贊].{0,24}",
    "([请請]|[点點][赞贊]|[订訂][阅閱]|[转轉][发發]|打[赏賞]|支持|明[镜鏡]|[与與]|和|[点點]+[栏欄]目){3,}",
    "(本[集期])?(谢谢|謝謝|感谢|感謝)(大家|您|你|各位)?(的)?([观觀]看|收看|[观觀][赏賞])(本[片期集])?",
    "(我们|我們)?(下次|下期|下集)([节節]目|[视視][频頻]|影片)?再[见見]",
    "[请請]?([点點][击擊])?[订訂][阅閱]我?的?(频道|頻道)",
    "(由)?amaraorg(社[区區]|community|.{0,12})提供",
    "(thanks|thank you)( so| very)?( much)? for watching( this video| the video)?",
    "(please )?(like and )?subscribe( to (my|our|the) channel)?",
    "(sub)?titles? (by|provided by|created by) .{0,40}",
    "transcription (by|provided by) .{0,40}",
    "transcribed by .{0,40}",
    "(see you|i ll see you) (in the )?next (video|time)",
)
_STOCK: Final = re.compile("|".join(_PATTERNS))


def normalised(text: str) -> str:
    """Give ``text`` in lower case, words spaced once, without punctuation, hanzi without spaces."""
    spaced = _PUNCTUATION.sub(" ", text.lower().replace(".", "")).strip()
    return re.sub(r"(?<=[\u3400-\u9fff]) | (?=[\u3400-\u9fff])", "", spaced)


def is_stock_phrase(text: str) -> bool:
    """Tell whether ``text`` is nothing but one or more stock phrases."""
    rest = normalised(text)
    while rest:
        found = _STOCK.match(rest)
        if not found:
            return False
        rest = rest[found.end() :].strip()
    return bool(normalised(text))
