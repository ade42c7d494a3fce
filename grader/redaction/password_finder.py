"""Finds passwords and codes that hold letters; those of digits alone are found with the other numbers."""

import re
from collections.abc import Iterator

from grader.redaction.document import JOINT, Document
from grader.redaction.spans import Hit

_WORD = r"(?P<token>[!-~]{3,64})"
_PASSWORD_ZH = re.compile(
    rf"(?<!动态)(?<!一次性)(?:密码|口令)(?:我?(?:现在|之前|原来|以前)?(?:[设改用]的)?(?:就|都)?(?:是|为|叫|:|=)|(?:改|设|换|设置|修改)(?:成|为|的是)|(?:告诉|给)你[吧:是]*)[ :\"“']{{0,3}}{_WORD}"
)
_PASSWORD_BARE = re.compile(
    r"(?:密码|口令|\bpass ?word)[ :]?(?P<token>(?=[!-~]*[0-9])(?=[!-~]*[a-z])[!-~]{6,32})"
)
_PASSWORD_EN = re.compile(
    rf"(?<!one time )(?<!one-time )\b(?:pass ?word|pass ?phrase|pass ?code|pwd|pw)(?:'s| is| was|:|=| (?:should|used to|has to|must) be| has been)(?: (?:still|just|now|like|um|uh|it's))?[ \"“']{{1,3}}{_WORD}"
    rf"|\b(?:chang|reset|set|updat)[a-z]{{0,4}} (?:(?:my|the|your|his|her) )?pass ?word to [\"“']?(?P<new>[!-~]{{3,64}})"
)
_CODE = re.compile(
    rf"(?:验证码|校验码|动态码|动态密码|安全码|\b(?:verification|security|one[- ]time|access|login) (?:code|password|passcode)|\botp\b"
    rf"|\bthe code)(?:是|为|就是|:|=| is| was|'s)[ :\"“']{{0,3}}{_WORD}"
)
_SPELLED_ZH = re.compile(
    r"(?<!动态)(?<!一次性)(?:密码|口令)(?:我?(?:就|都)?(?:是|为|叫)|(?:改|设|换)(?:成|为|的是))?[ ,:]{0,2}"
    r"(?P<token>(?:大写|小写)?(?:(?<![a-z])[a-z](?![a-z])|[0-9零一二三四五六七八九幺两]|大写|小写|下划线|井号|感叹号|艾特|星号|[ ,]){5,60})"
)
_SPELLED_EN = re.compile(
    r"\bpass ?word(?:'s| is| to| as)? (?:it's )?(?P<token>(?:(?:capital|upper ?case|lower ?case|small|big) )?(?:(?:[a-z]|[0-9]+|zero|oh|one|two|three|four|five|six"
    r"|seven|eight|nine|capital|underscore|dash|hash|exclamation mark|dollar sign)(?: |$|(?=[.,!?])))"
    r"{3,24})"
)
_WORD_ASKED = re.compile(
    r"\b(?:memorable|security|secret|code|magic) (?:word|answer|phrase|place|name|person)|\bpass ?(?:word|phrase)\b[^.?!]{0,20}[?]?$|\bmaiden name|\b(?:security|secret) question|\b(?:first|favou?rite) pet|\bpet's name|\bplace of birth|\bstreet (?:did you|you) gr[eo]w|\bfirst school"
)
_WORD_TOLD = re.compile(
    rf"{JOINT}(?:(?:um|uh|er|erm|oh|yeah|yes|sure|ok|okay|it's|it is|its|that's|that would be|it would be|it was|should be|i think|the word is)[, ]+){{0,4}}"
    rf"(?P<token>[a-z][a-z'0-9\-]{{3,20}}(?: (?!please|thanks)[a-z'0-9\-]{{3,20}})?)(?=[,. ]{{0,2}}(?:please|i think|thanks)?[.]?{JOINT})"
)
_SHORTEST = 3
_LONGEST_CODE = 12
_TRAILING = re.compile(r"[.,!?;:)\"'”]+$")
_NO_PASSWORD = frozenset(
    "capital lowercase uppercase not wrong incorrect correct right the a an my your his her its it that this what invalid expired required needed reset changed"
    " saved blocked locked missing secret private safe secure weak strong too very same different also always never on in at for"
    " to of and but or no yes okay ok fine good bad being been set sent all still just only there here asked asking working sure"
    " something anything nothing case letters numbers characters digits at least between protected known shared stored there's"
    " one two three four five six seven eight nine zero oh double triple accepted rejected recognised recognized unknown unable available shown displayed written printed about from with by as".split()
)


_INFLECTED = re.compile(r"[a-z]{3,}(?:ing|ed|ly|n't)")


def find_passwords(document: Document) -> Iterator[Hit]:
    """Find passwords and codes that are told beside their names."""
    text = document.text
    if "密码" in text or "口令" in text:
        for pattern in (_PASSWORD_ZH, _PASSWORD_BARE, _SPELLED_ZH):
            yield from _passwords(pattern, text)
    if "pass" in text or "pw" in text:
        for pattern in (_PASSWORD_EN, _PASSWORD_BARE, _SPELLED_EN):
            yield from _passwords(pattern, text)
    if (
        "word" in text
        or "phrase" in text
        or "maiden" in text
        or "memorable" in text
        or "pet" in text
        or "secret" in text
        or "security" in text
    ):
        yield from _answered(document)
    if "码" in text or "code" in text or "otp" in text or "one" in text:
        for found in _CODE.finditer(text):
            token = _TRAILING.sub("", found["token"])
            if len(token) <= _LONGEST_CODE and any(map(str.isdigit, token)) and any(map(str.isalpha, token)):
                yield Hit("code", found.start("token"), found.start("token") + len(token))


def _answered(document: Document) -> Iterator[Hit]:
    """Find a word that is said alone after the other side asked for the secret one."""
    for found in _WORD_TOLD.finditer(document.text):
        turn = document.turn_at(found.start("token"))
        words = found["token"].split()
        if (
            turn
            and document.speakers[turn] != document.speakers[turn - 1]
            and not any(word in _NO_PASSWORD or _INFLECTED.fullmatch(word) for word in words)
        ):
            start, end = document.bounds(turn - 1)
            if _WORD_ASKED.search(document.text[max(start, end - 100) : end]):
                yield Hit("password", *found.span("token"))


def _passwords(pattern: re.Pattern[str], text: str) -> Iterator[Hit]:
    for found in pattern.finditer(text):
        name = "token" if found["token"] else "new"
        token = _TRAILING.sub("", found[name].rstrip(" ,"))
        word = token.strip("'\"").replace("’", "'")
        plain = word.replace("'", "").isalpha()
        if len(token) >= _SHORTEST and not (plain and (word in _NO_PASSWORD or _INFLECTED.fullmatch(word))):
            yield Hit("password", found.start(name), found.start(name) + len(token))
