"""Belief: invented text is dropped with its reason, what people say is kept."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.interfaces import SpokenWord
from models.speech.belief import Believed, Sound, covered_seconds, loudness, phrases, spell, weigh
from models.speech.spans import Span
from models.speech.whisper import Heard


def words(
    text: str, *, start: float = 0.0, pace: float = 0.2, probability: float = 0.95
) -> tuple[SpokenWord, ...]:
    """Speak ``text`` at ``pace`` seconds a word: hanzi one by one, other scripts by their spaces."""
    units = [f" {w}" for w in text.split()] if text.isascii() else list(text)
    return tuple(
        SpokenWord(text=u, start=start + i * pace, end=start + (i + 1) * pace, probability=probability)
        for i, u in enumerate(units)
    )


def heard(
    *said: tuple[SpokenWord, ...],
    log_probability: float = -0.1,
    no_speech: float = 0.0,
) -> Heard:
    """Put words into one chunk."""
    return Heard(
        track="left",
        words=tuple(word for part in said for word in part),
        mean_log_probability=log_probability,
        no_speech_probability=no_speech,
    )


LOUD = Sound(speech=[Span(0, 600)], levels=np.full(6000, -20, np.float32))
"""Ten minutes in which somebody speaks loudly all the time."""


def judge(*chunks: Heard, sound: Sound = LOUD) -> Believed:
    """Weigh chunks as for a model of the usual certainty."""
    return weigh(chunks, sound, doubtful_below=0.4)


@pytest.mark.parametrize(
    "said",
    [
        "谢谢",
        "谢谢谢谢谢谢",
        "好的好的好的好的",
        "喂你好喂你好喂你好喂你好",
        "号码是一三八零零零零零零零零",
        "对对对对对对对",
        "thank you",
        "no no no no I did not order that",
        "yes yes yes that is right thank you thank you bye bye",
        "您可以看视频学怎么安装谢谢观看以后有问题随时找我们",
    ],
)
def test_what_callers_say_is_kept(said: str) -> None:
    """Thanks, hasty repetition, zeros in a number and a stock phrase inside a sentence are ordinary speech."""
    spoken = words(said)
    assert judge(heard(spoken)) == Believed(words=spoken, dropped=())


@pytest.mark.parametrize(
    ("said", "loops"),
    [
        ("请问有什么可以帮您" + "谢谢" * 10, "谢谢" * 10),
        ("我的订单" + "还没有到" * 5 + "怎么办呢", "还没有到" * 5),
        ("the line is bad " + "and I said " * 7, "and I said " * 7),
    ],
)
def test_loops_are_dropped_and_the_rest_is_kept(said: str, loops: str) -> None:
    """Only the repeated stretch is lost."""
    outcome = judge(heard(words(said)))
    assert [drop.reason for drop in outcome.dropped] == ["repetition"]
    assert outcome.dropped[0].text.replace(" ", "") == loops.replace(" ", "")
    assert len(outcome.words) == len(words(said)) - len(words(loops))


def test_a_loop_is_seen_across_chunks() -> None:
    """The same sentence in one chunk after another is a loop, though no chunk repeats itself."""
    chunks = [heard(words("请您稍等正在为您查询", start=i * 4.0)) for i in range(5)]
    outcome = judge(*chunks)
    assert outcome.words == ()
    assert {drop.reason for drop in outcome.dropped} == {"repetition"}


def test_the_same_sentence_now_and_then_is_no_loop() -> None:
    """An agent who asks for patience every minute is believed."""
    chunks = [heard(words("请您稍等正在为您查询", start=i * 60.0)) for i in range(5)]
    assert len(judge(*chunks).words) == 50


def test_text_that_compresses_too_well_is_a_loop() -> None:
    """A loop with small variations gives itself away by Whisper's own measure, unless minutes lie between."""
    variations = [f"第{n}次我打电话来问还是没有人给我解决" for n in "一二三四五六七八"]
    outcome = judge(heard(words("".join(variations))))
    assert outcome.words == ()
    assert outcome.dropped[0].reason == "repetition"
    apart = heard(*(words(said, start=60.0 * i) for i, said in enumerate(variations)))
    assert judge(apart).dropped == ()


@pytest.mark.parametrize(
    "credit",
    [
        "字幕由Amara.org社区提供",
        "请不吝点赞订阅转发打赏支持明镜与点点栏目",
        "谢谢观看",
        "Thanks for watching",
    ],
)
def test_stock_phrases_by_themselves_are_dropped(credit: str) -> None:
    """A credit that stands alone, before or after what was said, goes; the sentence stays."""
    sentence = words("我想退货")
    outcome = judge(heard(sentence, words(credit, start=3.0)))
    assert outcome.words == sentence
    assert [drop.reason for drop in outcome.dropped] == ["stock_phrase"]


def test_a_stock_phrase_spread_over_a_chunk_is_dropped() -> None:
    """Over noise the recogniser stretches a credit over half a minute, with pauses."""
    credit = [words(part, start=6.0 * i) for i, part in enumerate(("中文字幕", "志愿者", "李宗盛"))]
    assert judge(heard(*credit)).words == ()


def test_words_where_nobody_speaks_are_dropped() -> None:
    """Text more than 0.2 s outside detected speech is invented."""
    quiet = Sound(speech=[Span(0, 2)], levels=np.full(200, -20, np.float32))
    spoken = words("我想退货")
    outcome = judge(heard(spoken, words("再见", start=8.0)), sound=quiet)
    assert outcome.words == spoken
    assert [(drop.reason, drop.text) for drop in outcome.dropped] == [("silence", "再见")]


def test_words_over_next_to_no_sound_are_dropped() -> None:
    """Where the detector errs, a phrase 35 dB fainter than the rest of the track is not meant for the telephone."""
    levels = np.full(200, -20, np.float32)
    levels[80:100] = -58
    sound = Sound(speech=[Span(0, 2), Span(4, 6), Span(8, 10)], levels=levels)
    outcome = judge(
        heard(words("我想退货"), words("好的没问题", start=4), words("多谢你们", start=8.2)), sound=sound
    )
    assert [(drop.reason, drop.text) for drop in outcome.dropped] == [("silence", "多谢你们")]


def test_a_window_the_model_calls_silent_is_dropped() -> None:
    """Whisper's own rule: no speech likely, and the text improbable."""
    said = words("感谢收听本期节目下次再会", probability=0.6)
    assert judge(heard(said, no_speech=0.9, log_probability=-1.2)).dropped[0].reason == "silence"
    assert judge(heard(said, no_speech=0.9, log_probability=-0.5)).dropped == ()


def test_more_words_than_anybody_can_say_are_dropped() -> None:
    """Ten hanzi in a third of a second of speech are invented; fast speech, eight a second, is not."""
    sound = Sound(speech=[Span(0, 3), Span(10, 10.3)], levels=np.full(200, -20, np.float32))
    fast = words("麻烦帮我查一下订单到哪里了", pace=0.125)
    outcome = judge(heard(fast, words("运费由您自己承担好吗", start=10, pace=0.03)), sound=sound)
    assert outcome.words == fast
    assert [drop.reason for drop in outcome.dropped] == ["too_fast"]


def test_a_stretch_of_low_probability_is_dropped() -> None:
    """A sentence the model only guessed goes; the sentences before and after it stay."""
    before, after = words("您好请问有什么可以帮您"), words("好的我马上帮您查询请稍等", start=8.0)
    guess = words("宽带四万二千次账单这个月绑定", start=4.0, probability=0.25)
    outcome = judge(heard(before), heard(guess), heard(after))
    assert outcome.words == before + after
    assert [drop.reason for drop in outcome.dropped] == ["low_probability"]


def test_one_improbable_word_is_kept_with_its_probability() -> None:
    """An odd name among sure words stays, and its low probability with it."""
    spoken = (
        *words("您好我是"),
        *words("彧", start=0.8, probability=0.1),
        *words("请问哪里可以退货", start=1.0),
    )
    outcome = judge(heard(spoken))
    assert outcome.words == spoken
    assert min(word.probability for word in outcome.words) == 0.1


def test_leftovers_of_a_doubtful_phrase_are_dropped_too() -> None:
    """Two sure words amid a dozen guesses, without a pause, are not believed by themselves."""
    guess = words("宽带四万二千次账单这个月", probability=0.2)
    sure = words("谢谢", start=guess[-1].end, probability=0.99)
    more = words("上海包裹内会员等级绑定沙发", start=sure[-1].end, probability=0.2)
    assert judge(heard(guess, sure, more)).words == ()


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from("您好谢谢退货一二三，。 aB"), st.floats(0, 1), st.floats(0, 2)), max_size=80
    )
)
def test_every_word_is_either_believed_or_dropped(drawn: list[tuple[str, float, float]]) -> None:
    """No text is lost: what is not believed stands in the record of what was dropped."""
    time, said = 0.0, []
    for text, probability, gap in drawn:
        said.append(SpokenWord(text=text, start=time, end=time + 0.2, probability=probability))
        time += 0.2 + gap
    outcome = judge(heard(tuple(said)))
    assert {w.start for w in outcome.words}.isdisjoint(drop.start for drop in outcome.dropped)
    believed = len(spell(outcome.words).replace(" ", ""))
    dropped = sum(len(drop.text.replace(" ", "")) for drop in outcome.dropped)
    assert believed + dropped == len("".join(text for text, _, _ in drawn).replace(" ", ""))
    assert 0 <= covered_seconds(outcome.words, LOUD.speech) <= 600


def test_words_cover_the_speech_they_stand_in() -> None:
    """Small gaps between words count as heard, long ones do not."""
    spoken = (*words("您好请问"), *words("什么事", start=1.2), *words("再见", start=9.0))
    assert covered_seconds(spoken, [Span(0, 3), Span(9, 10)]) == pytest.approx(2.1 + 0.7)


def test_phrases_end_at_pauses() -> None:
    """Half a second without a word parts two phrases."""
    spoken = (*words("您好"), *words("请问", start=0.8), *words("谢谢", start=1.8))
    assert [spell(phrase) for phrase in phrases(spoken)] == ["您好请问", "谢谢"]


def test_loudness_takes_the_loudest_tenth() -> None:
    """A short word is as loud as its vowel."""
    levels = np.array([-60, -60, -22, -60], np.float32)
    assert loudness(Span(0.05, 0.35), levels) == -22
    assert loudness(Span(5, 6), levels) == -120
