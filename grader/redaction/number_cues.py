"""What the words around a number say it is: 手机号是…, "order number …", 请报一下验证码."""

import re
from itertools import takewhile
from typing import Final, Literal, TypeAlias, cast

from grader.redaction.document import Document
from grader.redaction.spans import Kind

Cue: TypeAlias = Kind | Literal["other", "vague", "tail", "id_tail", "company"]
"""``other``: an order, an amount, a work id …; ``vague``: some number with an unknown name; ``tail``: only the last digits; ``id_tail``: those of an ID card, by which people are
recognised; ``company``: a hotline."""

# Longer phrases stand before the words they hold: 订单号码 is no 号码. The last cue before a number counts.
_PATTERNS: Final[tuple[tuple[Cue | Literal["expiry"], str], ...]] = (
    ("expiry", r"有效期|到期(?:日|年)|\bexpir(?:y|es|ation)(?: date)?"),
    (
        "id_tail",
        (
            r"(?:身份证|证件)(?:件)?(?:的)?(?:号码?)?(?:的)?(?:最?[后末]尾?|尾)[面边]?(?:[四六八468]位(?:数字?)?|几位(?:数字?)?|[数号])"
            r"|\blast (?:four|six|[46])(?: digits| numbers)? (?:of|on|for|from) (?:your|my|the|his|her|their) (?:social|ssn|id\b|identity|national insurance)(?: security)?(?: number| card)?"
            r"|\b(?:social|ssn)(?: security)?(?: number)?(?:'s| ends?(?: in| with)?|,? the) last (?:four|[46])"
        ),
    ),
    (
        "tail",
        (
            r"尾号|尾数|[后末最][后]?[两二三四五六2-6]位|[前头][两二三四五六2-6]位"
            r"|\blast (?:two|three|four|five|six|[2-6])(?: digits)?|\bend(?:s|ing)(?: in| with)?\b"
        ),
    ),
    (
        "company",
        (
            r"热线|专线|客服(?:电话|号码)|售后(?:电话)?|(?:服务|投诉|咨询|官方|维修|网点|门店|营业厅|总机|前台|监督|举报|值班|物业|报警|急救|中心)(?:电话|座机|号码)|总机"
            r"|hot ?line|help ?line|toll[- ]free|customer (?:service|care)(?: number)?|\bour (?:[a-z]+ )?(?:number|line)|\bswitchboard"
        ),
    ),
    (
        "other",
        (
            r"(?:订单|运单|快递|物流|包裹|工单|案件|受理|合同|保单|发票|流水|交易|会员|客户|用户|学|工|户|批|型|车架|发动机|房|桌|航班"
            r"|车次|预约|邀请|兑换|优惠|券|单|编|序列|设备|机器|店铺|商品|货|款|税|税务|档案|就诊|病历|报案|理赔|排队"
            r"|参考|查询|备案|许可证|考|准考证|条形?|申请|回执|账单|资产|版本)(?:编)?(?:号码|号|码)"
            r"|(?:会员|公交|交通|加油|购物|礼品|充值|电话|流量|上网|饭|门禁|就诊|医保|社保|游戏|点)卡(?:卡?号)?"
            r"|订单|运单|单据|金额|价格|余额|积分|串号|(?<![a-z])(?:imei|sn|vx|qq)(?![a-z])(?:号码|号|码| number)?|微信号?|版本|端口|错误代码|邮编"
            r"|(?:障碍|报障|故障|宽带|短信|取件|取货|提货|[票签箱柜牌])(?:号码|号)|短信端口|(?:宽带|主)?[账帐][号户]|用户名"
            r"|\b(?:order|tracking|reference|ref|invoice|serial|sku|imei|vin|barcode|promo|voucher|coupon|version|extension|transaction|sort code)s?(?![a-z])"
            r"(?: (?:number|no\b|id|code|ref(?:erence)?|card))*"
            r"|\b(?:booking|confirmation(?! code)|ticket|case|claim|policy|model|member(?:ship)?|loyalty|gift|employee|staff|badge|meter|parcel|package"
            r"|shipment|job|room|flight|part|product|item|customer|user|(?:broadband )?account|receipt|reservation|agent|po|route|routing|discount|error"
            r"|bar|qr|source|referral|zip|post|pickup|tax|student|library|store)"
            r"(?:(?: (?:number|no\b|id|code|ref(?:erence)?|card))+|(?<!account)(?= ?(?:is|was|:|#|'s|=|,)? ?#?$)|(?<=broadband account))"
            r"|\b(?:fault|complaint|report|request|service|business|contract|waybill|batch|file|docket) (?:number|no\b|id\b)|\bpin ?code\b|\bpostcode|\btotal\b|\bamount\b|\bprice\b|\bbalance\b"
        ),
    ),
    (
        "id_card",
        r"身份证(?:件)?(?:的)?(?:号码|号)?|证件号码?|(?:national |identity |\bid )card(?: number)?|\bidentity number|\bssn\b|\bsocial(?: security)?(?: number| no\b)?(?! (?:media|network|post|page|account|distanc))|\bnational insurance(?: number)?|驾驶证号?|\bni (?:number|no\b)|\b(?:aadha+r|medicare|medicaid|nhs|health card|pan card|tax(?:payer)? id)(?: number| no\b| card)?|驾照号?|\bdriv(?:er|ing)'?s?'? licen[sc]e(?: number)?|\blicen[sc]e (?:number|no\b)(?! plate)",
    ),
    (
        "passport",
        r"护照(?:号码|号)?|(?:通行|台胞|回乡|军官|居留|居住)证(?:号码|号)?|\bpassport(?: (?:number|no\b))?",
    ),
    (
        "plate",
        r"车牌(?:号码|号)?|车号|号牌(?:号码)?|牌照|\b(?:my|the|licen[sc]e|car|vehicle) tags?\b(?! ?line)(?!.{0,25}\b(?:bag|baggage|luggage|suitcase))|\b(?:license |number |licence )?plates?\b(?: number)?|\bregistration(?: number)?|\breg\b",
    ),
    (
        "code",
        (
            r"验证(?:号|数字?)?码|验证数字|随机数|字符|取票号|[取提]货码|(?:动态|短信|随机|安全|一次性)(?:口令|密?码)|(?<![号密代编尺页扫乱解起价筹数维条型租译电四])码(?![头率流表农])|按?井号键?"
            r"|(?<![位个两用])(?<!几个)数字(?![电证化人产服信媒平英机卡音签])"
            r"|短信(?:已经|刚)?(?:过?来|收?到|发过?来)了[,。 ]{0,2}(?:就?是|说|写着?|显示|上面是)?|[三四六八3468][位个](?:数字?|阿拉伯数字|号?码)|(?<![a-z])cv[vcn]2?(?![a-z])码?|(?<![a-z])pin码?(?![a-z])"
            r"|(?:短信|信息|消息|屏幕|屏上)[^。?]{0,10}(?:数字|几位|那串)|短信[^。?,]{0,5}号码|卡(?:的)?[后背][^,。?]{0,4}[三3][位个码]|(?:背面|签名[栏条处]|反面)[^,。?]{0,8}(?:数字?|[三3]位)"
            r"|\b(?:verification|security|one[- ]time|confirmation|access|login|log[- ]in|auth(?:entication|orization)?|sms|text"
            r"|(?:six|four|6|4)[- ]digit|digit) (?:pass)?(?:code|password|number)|\botp\b|\bpass ?code|\bpin(?: number)?\b"
            r"|\bcodes?\b|\b(?:digits|numbers?) (?:on|off|from|in|at) (?:the|that|this|your|my) (?:back|front|rear|reverse|signature|text|message|sms|app|authenticator|screen|strip)"
            r"|\b(?:four|six|eight|[468])[- ](?:digits?|numbers?)\b|\bnumbers? (?:that|which|you|we|i) [a-z]+|\bnumbers? (?:flash|show|display|appear|blink|pop)[a-z]*|\bcharacters\b|\b(?:verification|pairing|activation|collection) (?:number|digits)|\b(?:got|received|sent me) (?:a|two|the|your|another|some)? ?(?:texts?|messages?|sms)\b|\bfollowed by (?:the )?(?:hash|pound)|\btext(?:ed|s)? (?:me|us|you)\b|\b(?:on|at) the (?:back|reverse)\b|\bkey ?pad|\block ?box|\bauthenticator|\b2fa\b"
        ),
    ),
    (
        "password",
        r"密码|密钥|口令|\b(?:network|security|wireless|wi-?fi|wpa2?) key\b|\bpass ?words?\b|\bpw\b|\bpass ?phrase",
    ),
    (
        "bank_card",
        (
            r"(?:银行|信用|储蓄|借记|工资|社会保障)卡(?:的)?(?:卡号|号码|号)?|卡号|银行(?:账|帐)[号户](?:号)?|(?:[建工农中招交]行|邮储)(?:的|卡)?"
            r"|\b(?:credit|debit|bank|visa|master) ?card(?: number)?|\bcard(?: number| no\b)?|\bbank account(?: number)?|\blong number|\b(?:sixteen|16|fifteen|15)[- ]digits?"
        ),
    ),
    ("email", r"邮箱|电邮|邮件地址|e-?mail"),
    ("address", r"地址|住址|住在|address|\bpostcode|\bpost code"),
    (
        "phone",
        (
            r"手机(?:号码|号)?|电话(?:号码|号)?|联系(?:方式|号码|电话)|座机|固话|机主号码|区号|来电号码|本机号码?|号码|打给|回电|回拨|致电|拨打?|(?<![a-z])tel(?![a-z])"
            r"|\b(?:tele)?phones?(?: (?:number|no\b))?|\bmobile(?: number)?|\bcell(?:phone)?(?: number)?|\bland ?line|\b(?:area|country) code|\bcall(?:ing)?(?: me)?(?: back)?"
            r"(?: (?:on|at))?|\btext(?: me)?(?: (?:on|at))?(?![a-z])|\breach (?:me|us|him|her|you)(?: (?:on|at))?|\bring me(?: (?:on|at))?"
            r"|\b(?:my|your|best|contact|callback|call[- ]back|same|his|her|another|different|good|home|work|daytime|this|what|which"
            r"|alternative) number|\bnumber (?:is|to (?:call|reach))|\bwhatsapp|\bdial|\bcontact(?: me)?(?: (?:on|at))?"
        ),
    ),
    (
        "vague",
        (
            r"\b(?!(?:my|your|his|her|their|own|contact|call ?back|back|best|home|work|daytime|same|another|different|good|correct|right|new|old"
            r"|phone|telephone|mobile|cell|cellphone|landline|line|fixed|whatsapp|tel|this|that|the|what|which|a|an|and|any|alternative|card"
            r"|passport|security|social|ni|aadhaar|aadhar|medicare|nhs|verification|pairing|activation|collection|pin|other|whole|alternate|second|spare|emergency|preferred|main|primary|backup|billing|full|entire|actual|cvv|identity|long|plate|registration|license|licence) )[a-z]+ number(?![a-z])"
        ),
    ),
)
_CUES = "|".join(f"(?P<{name}>{pattern})" for name, pattern in _PATTERNS)
_HAN_STARTS = "".join(sorted(set(re.findall("[0-9\u4e00-\u9fff]", _CUES))))
# Cues begin where a Latin word does or with one of these characters; asking that first is twice as fast.
_CUE = re.compile(rf"(?:(?=[{_HAN_STARTS}])|(?<![a-z])(?=[a-z]))(?:{_CUES})", re.ASCII)
_CUE_AFTER = re.compile(
    r" ?(?:就是|是|为|的|这个|那个|这部)(?:我|他|她|本人|我自己|我老公|我老婆|我爱人|家里)?的?(?:手机|电话|号码|座机|联系方式)"
)
_CODE_AFTER = re.compile(
    r" ?(?:(?:这个|这是|就是|是|的)(?:我的|那个|短信)?(?:[\u4e00-\u9fff]{0,2}(?<![号代编])码)|,? ?(?:is |it says )?(?:on|at) the (?:back|front|reverse)\b|[,。 ]{0,2}(?:按?井号|井字|(?:hash|pound)(?: key)?\b)"
    r"|(?:as|is|was) (?:the|my|a) (?:[a-z]+ )?(?:code|passcode|otp|pin)\b)"
)
_PASSWORD_AFTER = re.compile(
    r" ?(?:as|for|is|was) (?:the|my|a|our) (?:[a-z-]+ )?pass ?(?:word|phrase)\b|(?:就是|是|当|做)(?:我的|我)?密码"
)
_PLATE_AFTER = re.compile(
    r" ?,? ?(?:(?:was|is|as) (?:the|its|his|her|my|their) (?:[a-z]+ )?(?:plate|reg|registration|tag)\b|这个车牌|的车牌)"
)
_OTHER_AFTER = re.compile(
    r" (?:is|was) (?:the |my |our )+(?:[a-z0-9]+ )?(?:account|order|ticket|reference|case|tracking|booking)\b"
)
_REQUEST = re.compile(
    r"念|读一?[下遍出给]|[报说]一?[下遍出给]|告诉我|收到|显示|弹出|推送|输入|核[实对验]|验证"
    r"|\b(?:read|tell me|give me|sent you|send you|texted|emailed|see|pop[a-z]*|prompt|verif[a-z]*|enter|type|screen|arrived?|come through)\b"
)
_AMOUNT_ASKED = re.compile(
    r"多少(?!呢?[?,。]?$)|[几哪]|什么时|多久|多大|时间|日期|度数|读数|\bhow (?:much|many|long|old|far|big)|what time|\bwhen\b|\bdate\b|\byear\b|reading|meter|size"
)
_ABOUT_CODES = re.compile(
    r"验证|短信|动态|随机|口令|登[录陆]|(?<![号代编])码|\b(?:code|passcode|verif[a-z]*|texted|texts?|sms|otp|log(?:ging)? ?in|sign(?:ing)? in|authent[a-z]*|one[- ]time)\b"
)
_ABOUT = 120
_ON_IT = re.compile(r"\bon (?:the|your|this|that|my|an?) $")
"""The phone number on the order is a phone number."""
_TOLD = re.compile(r"(?:是|为|[ :,]|in |is |with ){0,3}[0-9]{4}")
"""Told along with what it is, and so not asked for."""
_REPAIR = re.compile(r"不|\b(?:no|sorry|wait|actually)\b")
_NEW_CLAUSE = re.compile(r"[,;.] ?(?:it|they|and|but|so|i|you)\b")
_GENERIC = frozenset({"号码", "号", "number is", "number", "卡号"})
"""Cues that say nothing by themselves where another one stands before: 护照丢了,号码…"""
_COMPANY_AFTER = re.compile(r" ?(?:的|这个)?(?:热线|专线|客服)")
_IMPERSONAL: Final = frozenset({"other", "vague", "company", "tail"})
_ASKED_TURNS = 6
_ASKED_REACH = 150
_REACH = {False: (18, 32), True: (26, 44)}
"""Characters between a cue and its digits, in Chinese and in English; by whether the cue names a secret."""
_SECRETS = frozenset({"code", "password"})
_LONGEST_CUE = 16
_FOLLOWING = 36
_AFTERWARDS: Final[tuple[tuple[Cue, re.Pattern[str]], ...]] = (
    ("company", _COMPANY_AFTER),
    ("code", _CODE_AFTER),
    ("password", _PASSWORD_AFTER),
    ("plate", _PLATE_AFTER),
    ("other", _OTHER_AFTER),
)
"""What is said after digits about them."""


class Cues:
    """Looks for cues around numbers of one document."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._asked: dict[int, tuple[Cue, ...]] = {}
        self._beside: dict[tuple[int, int], tuple[Cue, str] | None] = {}

    def beside(self, start: int, end: int) -> tuple[Cue, str] | None:
        """Give the nearest cue said in the same turn, and the words between it and the number."""
        if (start, end) not in self._beside:
            self._beside[start, end] = self._find_beside(start, end)
        return self._beside[start, end]

    def _find_beside(self, start: int, end: int) -> tuple[Cue, str] | None:
        after = self._document.after(end, _FOLLOWING)
        for cue, pattern in _AFTERWARDS:
            if pattern.match(after):
                return cue, ""
        before = self._document.before(start, _REACH[True][True] + _LONGEST_CUE)
        earlier, last = _last_two_in(before)
        if (
            last
            and _is_near(last, before[last.end() :])
            and not (last.lastgroup == "other" and _NEW_CLAUSE.search(before, last.end()))
        ):
            taken_back = last.lastgroup == "tail" and _REPAIR.search(before, last.end())
            meant = earlier if earlier and (taken_back or last[0] in _GENERIC) else last
            return _name(meant), before[last.end() :]
        return ("phone", "") if _CUE_AFTER.match(after) else None

    def asked(self, turn: int) -> tuple[tuple[Cue, ...], int]:
        """Give what a bare answer is about: the cues of the latest turn before that has any, the last first, and that turn.

        A cue before one that names something impersonal is not asked for any more: 手机号不用,报一下订单号.
        """
        for earlier in range(turn - 1, max(-1, turn - 1 - _ASKED_TURNS), -1):
            if earlier not in self._asked:
                self._asked[earlier] = self._cues_of(earlier)
            if cues := self._asked[earlier]:
                return (*cues, *self._weakly_asked(turn)), earlier
        return self._weakly_asked(turn), turn - 1

    def _weakly_asked(self, turn: int) -> tuple[Cue, ...]:
        """Take it for a code if the other side just asked to hear something without saying what: 您念给我听一下."""
        if not turn or self._document.speakers[turn - 1] == self._document.speakers[turn]:
            return ()
        start, end = self._document.bounds(turn - 1)
        text = self._document.text[max(start, end - _ASKED_REACH) : end]
        is_request = _REQUEST.search(text) and not _AMOUNT_ASKED.search(text) and not _CUE.search(text)
        return ("code",) if is_request else ()

    def is_about_codes(self, start: int) -> bool:
        """Tell whether codes or messages were spoken of just before."""
        return _ABOUT_CODES.search(self._document.lately(start, _ABOUT)) is not None

    def asks_anew(self, turn: int) -> bool:
        """Tell whether a turn asks for something else than the turns before it."""
        if turn not in self._asked:
            self._asked[turn] = self._cues_of(turn)
        new = set(self._asked[turn]) - {"tail", "id_tail"}
        return bool(new) and new.isdisjoint(self.asked(turn)[0])

    def _cues_of(self, turn: int) -> tuple[Cue, ...]:
        start, end = self._document.bounds(turn)
        text = self._document.text[max(start, end - _ASKED_REACH) : end]
        found = list(_CUE.finditer(text))
        found.reverse()
        said = [
            _name(one)
            for one in found
            if one.lastgroup != "expiry"
            and one[0] not in _GENERIC
            and not _TOLD.match(text, one.end())
            and not _ON_IT.search(text, 0, one.start())
        ] or list(map(_name, found))
        first = said[:1]
        if "id_card" in said:
            said = ["id_tail" if cue == "tail" else cue for cue in said]
        personal = list(takewhile(lambda cue: cue not in _IMPERSONAL, said))
        return tuple(dict.fromkeys(personal or first))


def _is_near(cue: re.Match[str], between: str) -> bool:
    return len(between) <= _REACH[cue.lastgroup in _SECRETS][between.isascii()]


def _last_two_in(text: str) -> tuple[re.Match[str] | None, re.Match[str] | None]:
    earlier = last = None
    for found in _CUE.finditer(text):
        earlier, last = last, found
    return earlier, last


def _name(found: re.Match[str]) -> Cue:
    name = cast("Cue | Literal['expiry']", found.lastgroup)
    return "other" if name == "expiry" else name
