"""What holds of the redactor whatever is said."""

import itertools
from collections.abc import Callable, Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from grader.conversation import Conversation, Turn, Word
from grader.redaction import PLACEHOLDERS, Redacted, Redactor, span_to_original, span_to_redacted
from grader.redaction.number_shapes import luhn_holds

# Bits that trigger, join and break up what the redactor looks for, put together at random.
BITS = (
    "幺三八|二六零三|七七四幺|13905718866|139|0571|8866|88220066|330106199003072415|x|叉|6228480012345678903|嗯|呃|,|。| |-|.|/|("
    "|)|+86|+|@|我叫|王小明|李|我是|姓|先生|女士|电话|手机号|身份证|卡号|验证码是|密码是|密码|订单号|尾号|热线|400|不对|地址|文三路|12号|3栋|501|小区|市"
    "|浙A|12345|护照|E12345678|邮箱|艾特|qq|点com|a.b@c.com|zhang|one|double|four|oh|five|my name is |Fiona|this is |speaking|at|gmail|dot com"
    "|14 Harrow Lane|LS9 8BQ|the code is |password is |Sunny7|[PHONE]|[NAME]|[|]|\n|\x1e|\x00|\ud800|\U0001f600|ﬁ|①|１３９|幫|İ|元|个|秒"
).split("|")
texts = st.one_of(st.text(max_size=40), st.lists(st.sampled_from(BITS), max_size=12).map("".join))
speakers = st.sampled_from(["agent", "customer", "bot", "system", "unknown"])


@st.composite
def turns(draw: st.DrawFn) -> Turn:
    """Give a turn whose words say its text, something else, or nothing."""
    text = draw(texts)
    said = draw(st.sampled_from([(), tuple(text), tuple(text.split(" ")), draw(texts).split()]))
    words = tuple(Word(text=word, start=at, end=at + 0.5) for at, word in enumerate(said))
    return Turn(speaker=draw(speakers), text=text, words=words)


conversations = st.lists(turns(), max_size=6).map(lambda each: Conversation(id="c", turns=tuple(each)))


def redact(conversation: Conversation) -> Redacted:
    """Redact one conversation."""
    return Redactor().redact([conversation])[0]


@settings(deadline=None, max_examples=300)
@given(conversations)
def test_redacting_again_changes_nothing(conversation: Conversation) -> None:
    """Nothing raises, and what is redacted stays as it is."""
    once = redact(conversation).conversation
    twice = redact(once)
    assert twice.conversation == once
    assert not any(twice.spans)


@settings(deadline=None, max_examples=300)
@given(conversations)
def test_spans_account_for_every_change(conversation: Conversation) -> None:
    """Spans stand in order, apart, on placeholders; between them the text is the original's."""
    redacted = redact(conversation)
    for before, after, spans in zip(
        conversation.turns, redacted.conversation.turns, redacted.spans, strict=True
    ):
        read = placed = 0
        for span in spans:
            assert read <= span.start < span.end <= len(before.text)
            assert before.text[read : span.start] == after.text[placed : span.placed_start]
            assert after.text[span.placed_start : span.placed_end] == PLACEHOLDERS[span.kind]
            read, placed = span.end, span.placed_end
        assert before.text[read:] == after.text[placed:]


@settings(deadline=None, max_examples=150)
@given(conversations, st.data())
def test_offsets_go_there_and_back(conversation: Conversation, data: st.DataObject) -> None:
    """A stretch comes back as it was, or wider by what was redacted at its ends; quotes outside spans are equal."""
    redacted = redact(conversation)
    for before, after, spans in zip(
        conversation.turns, redacted.conversation.turns, redacted.spans, strict=True
    ):
        start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(before.text))] * 2)))
        placed = span_to_redacted(spans, start, end)
        back = span_to_original(spans, *placed)
        assert 0 <= placed[0] <= placed[1] <= len(after.text)
        assert back[0] <= start <= end <= back[1]
        if not any(span.start < end and start < span.end for span in spans):
            assert before.text[start:end] == after.text[slice(*placed)]
            assert back == (start, end)


@settings(deadline=None, max_examples=150)
@given(conversations)
def test_words_keep_times_and_order(conversation: Conversation) -> None:
    """Redacted words are in the original order, and no word is invented: each starts where one did."""
    for before, after in zip(conversation.turns, redact(conversation).conversation.turns, strict=True):
        starts = [word.start for word in after.words]
        assert starts == sorted(starts)
        assert set(starts) <= {word.start for word in before.words}


values = st.recursive(
    st.one_of(texts, st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)),
    max_leaves=8,
)


@settings(deadline=None, max_examples=150)
@given(st.dictionaries(texts, values, max_size=4))
def test_metadata_redacted_again_changes_nothing(metadata: dict[str, object]) -> None:
    """Metadata of any shape is redacted once and for all."""
    once = redact(Conversation(id="c", metadata=metadata)).conversation
    assert redact(once).conversation == once


def digits_of(length: int) -> st.SearchStrategy[str]:
    """Give rows of digits."""
    return st.text(alphabet="0123456789", min_size=length, max_size=length)


def with_check(holds: Callable[[str], bool], checks: str) -> Callable[[str], str]:
    """Append the check character that makes a number valid."""
    return lambda body: next(body + check for check in checks if holds(body + check))


def id_checksum_holds(number: str) -> bool:
    """Verify the check character of an 18-digit mainland ID card (ISO 7064 MOD 11-2)."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(digit) * weight for digit, weight in zip(number[:17], weights, strict=True))
    return "10x98765432"[total % 11] == number[17]


mobiles = st.builds("1{}{}".format, st.sampled_from("3456789"), digits_of(9))
cards = st.one_of(
    *(digits_of(length - len(issuer) - 1).map(issuer.__add__) for issuer, length in
      [("62", 16), ("62", 18), ("6228", 19), ("9558", 19), ("4", 16), ("51", 16), ("37", 15)])
).map(with_check(luhn_holds, "0123456789"))  # fmt: skip
id_cards = st.builds(
    "{}{}{:02d}{:02d}{}".format,
    st.sampled_from(["330106", "110105", "440301", "510122", "652901"]),
    st.integers(1930, 2019),
    st.integers(1, 12),
    st.integers(1, 28),
    digits_of(3),
).map(with_check(id_checksum_holds, "0123456789x"))

ENGLISH = dict(zip("0123456789x", "zero one two three four five six seven eight nine x".split(), strict=True))
HAN = (
    "零一二三四五六七八九叉",
    "零幺二三四五六七八九叉",
    "〇幺两三四五六七八九X",
    "洞幺两三四五六拐八勾X",
    "零壹貳參肆伍陸柒捌玖X",
)


def in_han(number: str, alphabet: str) -> str:
    """Say digits in Mandarin."""
    return number.translate(str.maketrans("0123456789x", alphabet))


def in_english(number: str) -> list[str]:
    """Say digits in English, repeated ones as double and triple."""
    said = []
    for digit, run in itertools.groupby(number):
        count = len(list(run))
        said += {2: [f"double {ENGLISH[digit]}"], 3: [f"triple {ENGLISH[digit]}"]}.get(
            count, [ENGLISH[digit]] * count
        )
    return said


def groups(number: str, sizes: Sequence[int]) -> list[str]:
    """Cut a number into groups of the sizes in turn."""
    cut = list(itertools.accumulate(itertools.islice(itertools.cycle(sizes), len(number)), initial=0))
    return [piece for start, end in itertools.pairwise(cut) if (piece := number[start:end])]


@st.composite
def spelled(draw: st.DrawFn) -> tuple[str, list[str], bool]:
    """Give a valid number, its pieces as somebody says them, and whether in English."""
    number = draw(st.one_of(mobiles, cards, id_cards))
    printed = {11: (3, 4, 4), 18: (6, 8, 4)}.get(len(number), (4,))
    sizes = draw(st.lists(st.integers(2, 5), min_size=1, max_size=4))
    alphabet = draw(st.sampled_from(HAN))
    way = draw(st.sampled_from(["plain", "printed", "wide", "han", "han groups", "english"]))
    if way == "plain":
        return number, [number.upper()], False
    if way == "printed":
        return number, groups(number.upper(), printed), False
    if way == "wide":
        return number, ["".join(chr(ord(sign) + 0xFEE0) for sign in number.upper())], False
    if way == "han":
        return number, [in_han(number, alphabet)], False
    if way == "han groups":
        return number, [in_han(group, alphabet) for group in groups(number, sizes)], False
    return number, in_english(number), True


MANDARIN_CARRIERS = (
    ("我的号码是", ""), ("", ""), ("打这个", "吧"), ("你好我想查一下 ", " 的话费"), ("联系我:", " 谢谢"), ("嗯 ", " 对"), ("他留的是", "对吗"),
    ("不对 是", ""), ("稍等一下 ", "。"), ("【留言】", ",请回电"), ("卡号", ""), ("身份证", ""),
)  # fmt: skip
ENGLISH_CARRIERS = (
    ("my number is ", ""),
    ("", ""),
    ("it's ", " thanks"),
    ("sure, ", " ok?"),
    ("yeah um ", " please"),
)


@settings(deadline=None, max_examples=400)
@given(spelled(), st.data())
def test_valid_numbers_go_in_one_turn(given_: tuple[str, list[str], bool], data: st.DataObject) -> None:
    """A mobile number, ID card or bank card goes in any spelling and sentence: in the text and in the words."""
    _, pieces, english = given_
    lead, tail = data.draw(st.sampled_from(ENGLISH_CARRIERS if english else MANDARIN_CARRIERS))
    between = " " if english else data.draw(st.sampled_from([" ", "-", " 嗯 "] if len(pieces) > 1 else [" "]))
    said = between.join(pieces)
    cut = (lead + said + tail).split(" ") if english else list(lead + said + tail)
    words = tuple(Word(text=word, start=at, end=at + 0.5) for at, word in enumerate(cut))
    redacted = redact(
        Conversation(id="c", turns=(Turn(speaker="customer", text=lead + said + tail, words=words),))
    )
    (spans,) = redacted.spans
    covered = {offset for span in spans for offset in range(span.start, span.end)}
    assert {at for at in range(len(lead), len(lead) + len(said)) if said[at - len(lead)].isalnum()} <= covered
    (left,) = redacted.conversation.turns
    for piece in pieces:
        assert piece not in left.text.split() or piece in (lead + tail).split()
    spoken = [word.text for word in left.words]
    assert sum(word in PLACEHOLDERS.values() for word in spoken) == len(spans)
    assert "".join(spoken).replace(" ", "") == left.text.replace(" ", "")


@settings(deadline=None, max_examples=250)
@given(spelled(), st.booleans(), st.data())
def test_valid_numbers_go_over_turns(
    given_: tuple[str, list[str], bool],
    echoed: bool,  # noqa: FBT001
    data: st.DataObject,
) -> None:
    """A number read in pieces, each acknowledged or said back, goes from every turn."""
    _, pieces, english = given_
    if english:
        pieces = [" ".join(pieces[at : at + 3]) for at in range(0, len(pieces), 3)]
    acknowledged = ("yep", "ok", "go on") if english else ("嗯", "好", "您说")
    lead, _ = data.draw(st.sampled_from(ENGLISH_CARRIERS if english else MANDARIN_CARRIERS))
    said: list[Turn] = []
    for at, piece in enumerate(pieces):
        said.append(Turn(speaker="customer", text=piece if at else lead + piece))
        said.append(Turn(speaker="agent", text=piece if echoed else data.draw(st.sampled_from(acknowledged))))
    redacted = redact(Conversation(id="c", turns=tuple(said)))
    for at, piece in enumerate(pieces):
        (span,) = redacted.spans[2 * at]
        assert span.start <= (0 if at else len(lead))
        assert span.end == len(said[2 * at].text), piece
