"""Finds English names where somebody is introduced: "my name is…", "this is … speaking", "speaking to Mrs …"."""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from grader.redaction.document import JOINT, Document
from grader.redaction.spans import Hit

Words: TypeAlias = Sequence[re.Match[str]]

_WORD = r"[a-z\u00c0-\u024f][a-z\u00c0-\u024f'’\-]*"
_TITLE = r"(?:(?:mr|mrs|ms|miss|mister|missus|dr|doctor|sir|prof)\.? )?"
_NAME = rf"(?P<name>{_TITLE}{_WORD}(?: {_WORD}){{0,2}})"
_TITLED_NAME = rf"(?P<name>(?:mr|mrs|ms|miss|mister|missus|dr|doctor|prof)\.? {_WORD}(?: {_WORD})?)"
_FILLER = r"(?:(?:um|uh|er|erm|ah|yeah|yes|sure|it's|its|that's|that is|just|actually)[, ]+){0,3}"

# The words after these are a name.
_STATED = re.compile(
    rf"(?:\b(?:my|his|her|their|full|first|last|middle|family|given|account|customer|customer's|patient|patient's|caller's|card ?holder'?s?"
    rf"|holder'?s?|recipient'?s?|wife's|husband's|son's|daughter's|mother's|father's) name(?:'s| is| was| will be|:)"
    rf"|\bsurname(?:'s| is|:)|\bname(?:'s|:)|\bmy names|\b(?:account|card|policy) ?holder(?:'s| is|:|(?=,))"
    rf"|\bthe name(?:'s| is)|\bname on (?:the|my|this) (?:account|card|order|booking|policy)(?:'s| is| was| should be|:)"
    rf"|\bunder the name(?: of)?|\bin the name of)[, ]{{1,2}}{_FILLER}{_NAME}"
)
_RELATIVE = re.compile(
    r"\bmy (?:brother|sister|husband|wife|son|daughter|mum|mom|dad|mother|father|partner|friend|fiance|neighbou?r|assistant|boss|colleague)(?:,| is called|'s called| called)? "
    rf"{_NAME}"
)
_SPEAKING_TO = re.compile(rf"\b(?:speaking|talking|chatting|spoke|talk|speak) (?:to|with) {_NAME}")
_THIS_IS = re.compile(
    rf"\b(?:this is|it's|here is) {_NAME}(?= speaking| calling| here\b|,? (?:from|with|at) |[.,!?]|{JOINT})"
)
_SPEAKING = re.compile(
    rf"(?P<name>{_WORD}) speaking(?=[,.!?]|$|{JOINT}| how| what| may| thank| can| good| and| from| from\b)"
)
_IS_THAT = re.compile(rf"\bis (?:that|this) {_TITLED_NAME}")
_I_AM = re.compile(rf"\b(?:i'm|i am|i’m) {_NAME}")

_ASKED = re.compile(
    r"what(?:'s| is| was)? (?:your|the|his|her) (?:full |first |last |sur)?name|what name|(?:your|the|full|first|last|'s) (?:full )?name(?:,? please|\?|$|,? and\b)"
    r"|(?:may|can|could) i (?:have|get|take|ask|grab)[a-z ]{0,12} name|who am i (?:speaking|talking)|whom am i|who's calling|who is calling"
    r"|name on the (?:account|order|card|booking)|(?:speaking|talking) (?:to|with) the [a-z ]{4,20}\?|(?:under|for)\?|pleasure of|\bname (?:for|on|under) (?:the|your|this)|(?:booking|reservation|order|account|it|that) under|what'?s it under|with whom|\bname on (?:it|that|this|the)\b|(?:reservation|booking|order|account)'s under|who(?:'s| is| should| would)[a-z ]{1,20} contact"
)
_ANSWER = re.compile(
    rf"{JOINT}(?:[ ,.]|\b(?:um|uh|er|erm|oh|yeah|yes|yep|sure|ok|okay|hi|hello|it's|its|it is|that's|this is|i'm|i am|it'll be|under|the name's|of course"
    rf"|right|so)\b){{0,8}}{_NAME}(?=[ ,.!?;]*(?:{JOINT}|[,.!?;]))"
)
_ASKED_WITH = ("name", "who", "speaking", "talking", "under", "for?", "pleasure")
"""One of these stands in every question for a name."""
_SPELLING = re.compile(r"[,. ]{1,3}(?:that's |spelled |spelt |so )?(?:[a-z](?:[ .,\-]{1,2}|(?=\W))){3,24}")
_ONE_WORD = re.compile(_WORD)
_ASKED_TURNS = 2

# Words that are no names, or that follow one.
_NO_NAME = frozenset(
    "a about absolutely account actually address afternoon again agent ago ah all almost already also always am an and another any anyone anybody anything apparently "
    "are as ask asking at available away back bad be because been before being best better between blocked both broken but by call called calling can cancelled card "
    "case certainly chat checking clearly code come coming complaining completely confused correct correctly correctlly could currently customer customers day delayed department "
    "did different disappointed do does doing don't done down due either else email english even evening ever every everyone exactly excited extremely fed feeling fine first "
    "for from frankly free full fully generally getting give glad go going gone gonna good got grateful great had half happy has have having he hello help helping her here hers hi him his "
    "honestly how however i i'm i'll i've if in incorrect incorrectly indeed inside instead interested into is isn't it it's its just kind know last late later leaving left legally "
    "like listed listening literally live living located locked long looking lost lovely madam ma'am man manager many may maybe me mean mentioned might mine misspelled missing "
    "mobile more morning most much must my name named near nearly need needing neither never new next nice no nobody none normally not nothing now number of off offline often oh ok okay "
    "old on once one only or order other our ours out outside over paid paying perhaps person phone please pleased possible possibly probably problem quickly quite rather "
    "ready really receiving recorded registered right roughly running sad same saved saying see seeing seriously service she should shown sick simply since sir sitting slightly so some somebody "
    "someone something sometimes soon sorry speaking spelled spelt spoken staff standing still strictly such supervisor support supposed sure surprised taking talking team technically "
    "telling terribly than thank thankful thanks that that's the their them then there there's these they thinking this those though through till tired to today together told tomorrow too totally "
    "truly trying two under understand unable unhappy unfortunately unsure until up upset us used using usually very visiting waiting want wanted wanting was wasn't way we well went were "
    "what what's when where whether which while who who's whom whose why will willing wish with within without wondering working worried would writing wrong yeah yep yes yesterday yet you you'll "
    "you're your yours yourself three four five six seven eight nine ten zero mate love dear buddy little robot machine system voice china billing accounts sales complaints retention keep kept stop stopped start started folks guys everybody chinese spanish french hindi mandarin cantonese "
    "customer's mum mom dad mother father wife husband son daughter brother sister friend boss owner tenant landlord driver engineer technician neighbour neighbor hotel "
    "internet broadband router website app page screen box shop store branch bank company office home house place room line ticket refund delivery courier parcel package idiot idiots stupid liar liars rubbish nonsense um uh er erm".split()
)
_NO_SPEAKER = re.compile(r"[a-z]+(?:ly|ing)")
_TITLES = frozenset("mr mrs ms miss mister missus dr doctor sir prof".split())
_GREETED = re.compile(
    r"\b(?:hi|hiya|hello|hey|good (?:morning|afternoon|evening)|welcome|thank you for calling)\b[^.?!]{0,60}$"
)
_A_DOCTOR = re.compile(r"\b(?:mr|mrs|ms|miss|dr|doctor|prof)\.? $")
_GOES_ON = re.compile(r",? (?:from|with|at|here)\b")
_MOST_LOWER = 2


def find_english_names(document: Document) -> Iterator[Hit]:
    """Find English names."""
    text = document.text
    if "name" in text or "holder" in text:
        yield from _take(document, _STATED)
    if "my " in text:
        yield from _take(document, _RELATIVE, _is_capitalised)
    if "speaking" in text or "talking" in text:
        yield from _take(document, _SPEAKING_TO)
        yield from _take(document, _SPEAKING, _may_speak)
    if "is " in text or "am i" in text:
        yield from _take(document, _IS_THAT)
        yield from _take(document, _THIS_IS, _introduces)
    if "i'm " in text or "i am " in text:
        yield from _take(document, _I_AM, _presents)
    if any(map(text.__contains__, _ASKED_WITH)) and _ASKED.search(text):
        yield from _take(document, _ANSWER, _answers)


def _take(
    document: Document, pattern: re.Pattern[str], believed: Callable[[Document, Words], bool] | None = None
) -> Iterator[Hit]:
    for found in pattern.finditer(document.text):
        words = _name_words(document, found)
        if (
            words
            and not _is_nickname_or_place(document, words)
            and (believed is None or believed(document, words))
        ):
            end = words[-1].end()
            if spelling := _SPELLING.match(document.text, end):
                end = spelling.end()
            yield Hit("name", words[0].start(), end)


def _name_words(document: Document, found: re.Match[str]) -> Words:
    """Give the words of a match that are the name: to the first that is none, and no lower case after a capital."""
    words: list[re.Match[str]] = []
    for word in _ONE_WORD.finditer(document.text, *found.span("name")):
        if word[0] in _TITLES and not words:
            continue
        capital = _is_capital(document, word)
        if word[0] in _NO_NAME or (words and _is_capital(document, words[0]) and not capital):
            break
        again = bool(words) and word[0] == words[0][0]
        if not capital and len(words) == _MOST_LOWER and not again:
            break
        words.append(word)
    return words


def _is_nickname_or_place(document: Document, words: Words) -> bool:
    """Tell whether it is a handle (Xiao@…), a pet name of the desk (Xiao Bian, as 小编) or a city."""
    return (
        document.text[words[-1].end()] == "@"
        or words[0][0].startswith("xiao")
        or words[-1][0] in {"city", "province", "district", "county"}
    )


def _is_capital(document: Document, word: re.Match[str]) -> bool:
    """Tell whether a word is written with a capital in a turn that is not written in capitals altogether."""
    raw = document.raw[word.start() : word.end()]
    return raw[0].isupper() and (len(raw) == 1 or not raw.isupper())


def _is_capitalised(document: Document, words: Words) -> bool:
    return _is_capital(document, words[0])


def _may_speak(_document: Document, words: Words) -> bool:
    return not _NO_SPEAKER.fullmatch(words[0][0])


def _introduces(document: Document, words: Words) -> bool:
    rest = document.after(words[-1].end(), 12)
    capital, greeting = _is_capital(document, words[0]), _is_greeting(document, words[0].start())
    if capital and _A_DOCTOR.search(document.before(words[0].start(), 10)):
        return True
    if rest.startswith((" speaking", " calling")):
        return True
    if _GOES_ON.match(rest):
        return capital or greeting
    opens = document.turn_at(words[0].start()) == 0
    return capital and (greeting or opens) and rest[:1] in {"", *".,!?"}


def _presents(document: Document, words: Words) -> bool:
    """Believe "I'm …" only for two capitalised words, or one in a greeting."""
    capital = all(_is_capital(document, word) for word in words)
    return capital and (len(words) > 1 or _is_greeting(document, words[0].start()))


def _answers(document: Document, words: Words) -> bool:
    """Tell whether the other side asked for a name just before."""
    turn = document.turn_at(words[0].start())
    for earlier in range(turn - 1, max(-1, turn - 1 - _ASKED_TURNS), -1):
        if document.speakers[earlier] != document.speakers[turn] and _ASKED.search(
            document.text, *document.bounds(earlier)
        ):
            return True
    return False


def _is_greeting(document: Document, offset: int) -> bool:
    return _GREETED.search(document.before(offset, 80)) is not None
