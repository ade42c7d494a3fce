"""Stock phrases: what Whisper learnt from subtitles."""

import pytest

from models.speech.stock_phrases import is_stock_phrase, normalised


@pytest.mark.parametrize(
    "text",
    [
        "字幕由Amara.org社区提供",
        "字幕由 Amara.org 社區提供。",
        "中文字幕志愿者 王小明",
        "中文字幕組",
        "字幕志願者 李大同",
        "请不吝点赞 订阅 转发 打赏支持明镜与点点栏目",
        "請不吝點贊訂閱轉發打賞支持明鏡與點點欄目",
        "谢谢观看",
        "謝謝大家觀看!",
        "感谢您的收看，下期再见。",
        "谢谢观看谢谢观看",
        "Thanks for watching!",
        "Thank you so much for watching. Please subscribe to my channel.",
        "Subtitles by the Amara.org community",
        "Transcription by CastingWords",
    ],
)
def test_credits_and_farewells_of_video_channels_are_known(text: str) -> None:
    """Both scripts, any punctuation and case, one phrase or several in a row."""
    assert is_stock_phrase(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "。",
        "谢谢",
        "谢谢您的来电",
        "谢谢，再见",
        "好的，下次再联系",
        "我想订阅你们的会员",
        "点赞就送优惠券，请您支持我们",
        "电视没有字幕，怎么打开",
        "感谢您的耐心等待",
        "Thank you",
        "Thank you very much for calling",
        "Thanks for waiting",
        "I want to subscribe to the monthly plan",
        "The subtitles are missing on my television",
    ],
)
def test_what_people_say_on_the_telephone_is_not(text: str) -> None:
    """Thanks, and talk of subtitles and subscriptions, are ordinary."""
    assert not is_stock_phrase(text)


def test_punctuation_and_spaces_do_not_count() -> None:
    """Normalised text has words spaced once and hanzi not at all."""
    assert normalised(" Thanks,  for WATCHING! ") == "thanks for watching"
    assert normalised("谢 谢， 观看。") == "谢谢观看"
