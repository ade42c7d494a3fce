"""What stands around digits: letters that make them a serial number, units, shops, and the question they answer."""

import re

from grader.redaction.digit_runs import Run, Stretch
from grader.redaction.document import JOINT, Document
from grader.redaction.number_cues import Cue, Cues

_HAN = re.compile(r"[\u4e00-\u9fff]")
_LETTERS_BEFORE = re.compile(r"[a-z][a-z_]*$")
_LETTERS_AFTER = re.compile(r"[a-z]{1,8}[0-9]|x{2}|\*{2}")
_MASKED_BEFORE = re.compile(r"(?:x{2}|\*{2})$")
_LATIN_CUES = frozenset(
    "tel phone mobile mob cell call qq wx vx wechat whatsapp no num number id my is to at on x t m p v".split()
)
_SPELLED_LETTERS = re.compile(r"(?<![a-z'])[b-hj-z](?:[ -][a-z])*[ -]?$")
_UNIT = re.compile(
    r" ?(?:位|秒|分|小时|天|个|次|元|块|万|千|百|度|条|兆|[mgk]b?(?![a-z])|%|年|月|号楼|digit|sec|min|hour|day|time|attempt|dollar|pound"
    r"|yuan|rmb|per ?cent|feet|foot|mile|week|month|year|hundred|thousand|x(?![a-z]))"
)
_PRICE_BEFORE = re.compile(r"[¥$£€￥]$|rmb ?$")
_SHOP = re.compile(
    r"营业[厅时]|工作时间|分店|门店|专柜|专卖店|旗舰店|网点|客服|售后|维修[站点]|服务[站点]|支行|分行|银行|总部|公司|商场|百货|经销商|[48]00[- ]?[0-9]{3}"
    r"|\bstore\b|\bshop\b|\bbranch|\bhall\b|opening hours|business hours|\bmall\b|head ?office|customer (?:service|care)|\bfloor of|department store|\btime:|\bdealer|\bcompany"
)
_CUSTOMERS_OWN = re.compile(
    r"[您你他她](?:的|家|是|这|留|登|用|绑)|客户|机主|户主|家里|\b(?:your|his|her|their|customer's)\b"
)
_EXAMPLE = re.compile(r"例如|比如|譬如|for example|\be\.g\.|\*[0-9]{2}\*$")
_DIAL = re.compile(r"(?:致电|拨打?|可以?打|请打|\bcall|\bdial|\bring)[ :]{0,2}(?:[^ ]{0,4})$")
_USUAL_CODE = 6
_YEAR = re.compile("(?:19|20)[0-9]{2}")
_CODE_SIZES = {(6,), (3, 3), (2, 2, 2), (1, 1, 1, 1, 1, 1)}
_CODE_LENGTHS = (4, 6, 8)
_IS = re.compile(r"(?:是|为|成了?|用|是[我他她]?的?生日|\b(?:is|was|to|it's))[ ,]*$")
_AT = re.compile(r"(?:[在到去于按]|\b(?:at|on|in|by|until|within))[ ]*$")
_LONGEST_LEAD = 60
_LONGEST_LEAD_OF_ANY = 16
_SECRETS: frozenset[Cue] = frozenset({"code", "password", "id_card", "id_tail", "bank_card", "passport"})
"""What nobody says by the way, so that an answer may begin with other words."""
_LONGEST_TAIL = 12
_STAFF = frozenset({"agent", "bot", "system"})
_EXPIRY = re.compile(
    r"(?:有效期|到期)[^,。]{0,6}$|\b(?:expir[a-z]*|valid|exp)(?: date)?(?: is| on| in|'s)?[ :]*$"
)
# Between "验证码" and the code itself nothing else is said, or it is another number.
_BARE_LEAD = re.compile(
    r"(?:[ ,:.!;=\"'“”\-。…()]|是不是|是|为|就是|叫|发来|收到|收到了|了|我|这边|的|给你|给您|跟你|说|念|读|报|一下|显示|看到|刚|刚才|才|短信|上面"
    r"|上|写|它|他|六|四|位|数字?|呢|啊|呃|嗯|哦|额|那个|这个|来|改成|设成|设|换成|现在|登录|支付|应该|好像|可能|你|您|记|好|对"
    r"|it|is|was|it's|its|'s|um|uh|er|the|that|says|reads|came|i|got|just|number|code|to|set|you|here|ok|okay|so|and|yes|yeah|sure"
    r"|six|four|digits?|this|one|on|back|of|my|card|they|sent|me|now|(?<![a-z])[a-z](?![a-z])){0,10}"
)


class Context:
    """Answers questions about the words around digits of one document."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._cues = Cues(document)
        self._foreign: dict[int, bool] = {}

    def is_foreign(self, turn: int) -> bool:
        """Tell whether a turn holds no Chinese characters."""
        if turn not in self._foreign:
            self._foreign[turn] = _HAN.search(self._document.text, *self._document.bounds(turn)) is None
        return self._foreign[turn]

    def cue(self, part: Run) -> Cue | None:
        """Give what the words beside the digits call them, or else what was asked for last before the turn."""
        return next(iter(self.cues(part)), None)

    def cues(self, part: Run) -> tuple[Cue, ...]:
        """Give what the words beside the digits call them, or else all that was asked for before the turn."""
        beside = self._cues.beside(part.start, part.end)
        if beside:
            return (beside[0],)
        lead = part.start - self._document.bounds(part.turn)[0]
        if lead > _LONGEST_LEAD:
            return ()
        asked, turn = self._cues.asked(part.turn)
        if lead <= _LONGEST_LEAD_OF_ANY:
            return asked
        by_other = self._document.speakers[turn] != self._document.speakers[part.turn]
        return tuple(cue for cue in asked if cue in _SECRETS) if by_other else ()

    def may_be_code(self, stretch: Stretch) -> bool:
        """Tell whether the customer says six digits while codes or messages are spoken of."""
        return (
            len(stretch.digits) == _USUAL_CODE
            and len(stretch.parts) == 1
            and self._document.speakers[stretch.turn] not in _STAFF
            and tuple(len(group.digits) for group in stretch.groups) in _CODE_SIZES
            and "and" not in self._document.text[stretch.start : stretch.end]
            and not _AT.search(self._document.before(stretch.start, 8))
            and self._cues.is_about_codes(stretch.start)
        )

    def asks_anew(self, turn: int) -> bool:
        """Tell whether a turn asks for something else than the turns before it."""
        return self._cues.asks_anew(turn)

    def is_masked(self, stretch: Stretch) -> bool:
        """Tell whether the digits before these are masked: 138****8866."""
        return _MASKED_BEFORE.search(self._document.before(stretch.start, 4)) is not None

    def cue_beside(self, part: Run) -> Cue | None:
        """Give what the words of the same turn call the digits."""
        beside = self._cues.beside(part.start, part.end)
        return beside[0] if beside else None

    def follows_its_cue(self, part: Run) -> bool:
        """Tell whether nothing of weight stands between a cue and the digits: in this turn, or as an answer.

        Whoever answers the other side may say much before the digits; who goes on about what they said themselves, little.
        """
        beside = self._cues.beside(part.start, part.end)
        if beside:
            usual = (
                len(part.digits) in _CODE_LENGTHS
                and not (len(part.groups) == 1 and _YEAR.fullmatch(part.digits))
                and (
                    (_IS.search(beside[1]) or self._is_set_off(part))
                    if beside[0] == "password"
                    else not _AT.search(beside[1])
                )
            )
            return bool(usual) or _BARE_LEAD.fullmatch(beside[1]) is not None
        asked = self._cues.asked(part.turn)[1]
        speakers = self._document.speakers
        is_answer = speakers[asked] != speakers[part.turn] and speakers[part.turn] not in _STAFF
        return is_answer or self.is_bare(part)

    def _is_set_off(self, part: Run) -> bool:
        """Tell whether digits stand between commas."""
        return (
            self._document.text[part.start - 1] in " ,。:"
            and self._document.text[part.end] in ",。.;!? " + JOINT
        )

    def is_bare(self, part: Run) -> bool:
        """Tell whether a turn says little but the digits."""
        start, _ = self._document.bounds(part.turn)
        lead = self._document.text[start : part.start]
        says_little = len(lead) <= 3 or _BARE_LEAD.fullmatch(lead) is not None
        return self.ends_turn(part) and says_little and not lead.endswith(("打", "拨", "call ", "dial "))

    def ends_turn(self, part: Run) -> bool:
        """Tell whether little follows the digits in their turn."""
        return self._document.bounds(part.turn)[1] - part.end <= _LONGEST_TAIL

    def reads_on(self, stretch: Stretch) -> bool:
        """Tell whether the turns of a number read in pieces hold little else."""
        first, *others = stretch.parts
        return not others or (self.ends_turn(first) and all(map(self.is_bare, others)))

    def is_serial(self, stretch: Stretch) -> bool:
        """Tell whether letters hang on to the digits (SF1381…, 1381…A7) or some are masked (138****)."""
        text, start = self._document.text, stretch.start
        before = self._document.before(start, 12)
        letters = _LETTERS_BEFORE.search(before)
        if letters and letters[0] not in _LATIN_CUES and text[start] in "0123456789":
            return True
        return bool(
            _MASKED_BEFORE.search(before) or _LETTERS_AFTER.match(self._document.after(stretch.end, 10))
        )

    def is_spelled(self, stretch: Stretch) -> bool:
        """Tell whether letters are spelled before the digits: "k x seven seven"."""
        return _SPELLED_LETTERS.search(self._document.before(stretch.start, 8)) is not None

    def is_amount(self, stretch: Stretch) -> bool:
        """Tell whether the digits count something, are a price or the month a card ends in."""
        return bool(
            _UNIT.match(self._document.after(stretch.end, 9))
            or _PRICE_BEFORE.search(self._document.before(stretch.start, 4))
            or _EXPIRY.search(self._document.before(stretch.start, 20))
        )

    def is_example(self, stretch: Stretch) -> bool:
        """Tell whether the agent makes up a number to explain something, or a dialling code holds it."""
        by_agent = self._document.speakers[stretch.turn] == "agent"
        before = self._document.before(stretch.start, 60)
        return by_agent and _EXAMPLE.search(before) is not None

    def is_company_line(self, stretch: Stretch) -> bool:
        """Tell whether the agent gives the number of a shop or a service."""
        if self._document.speakers[stretch.turn] not in _STAFF:
            return False
        start, end = self._document.bounds(stretch.turn)
        if _DIAL.search(self._document.before(stretch.start, 12)):
            return True
        if _CUSTOMERS_OWN.search(self._document.before(stretch.start, 16)):
            return False
        return (
            _SHOP.search(self._document.text, max(start, stretch.start - 200), min(end, stretch.end + 40))
            is not None
        )
