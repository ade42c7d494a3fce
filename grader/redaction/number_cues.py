"""What the words around a number say it is: 手机号是…, "order number …", 请报一下验证码."""

import re
from typing import Final, Literal, TypeAlias, cast

from grader.redaction.document import Document
from grader.redaction.spans import Kind

Cue: TypeAlias = Kind | Literal["other", "tail", "company"]
"""``other``: an order, an amount, a work id …; ``tail``: only the last digits; ``company``: a hotline."""

# Longer phrases stand before the words they hold: 订单号码 is no 号码. The last cue before a number counts.
_PATTERNS: Final[tuple[tuple[Cue, str], ...]] = (
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
            r"热线|专线|客服(?:电话|号码)|售后(?:电话)?|(?:服务|投诉|咨询|官方|维修|网点|门店|营业厅|总机|前台|监督|举报)(?:电话|座机|号码)|总机"
            r"|hot ?line|help ?line|toll[- ]free|customer (?:service|care)(?: number)?|our (?:number|line)|\bswitchboard"
        ),
    ),
    (
        "other",
        (
            r"(?:订单|运单|快递|物流|包裹|工单|案件|受理|合同|保单|发票|流水|交易|会员|客户|用户|学|工|户|批|型|车架|发动机|房|桌|航班"
            r"|车次|预约|取件|取货|提货|邀请|兑换|优惠|券|单|编|序列|设备|机器|店铺|商品|货|款|税|税务|档案|就诊|病历|报案|理赔|短信|排队"
            r"|参考|查询|备案|许可证|考|准考证|条形?|申请|回执|账单|资产|版本)(?:编)?(?:号码|号|码)"
            r"|(?:会员|公交|交通|加油|购物|礼品|充值|电话|流量|上网|饭|门禁|就诊|医保|社保|游戏|点)卡(?:卡?号)?"
            r"|订单|运单|单据|金额|价格|余额|积分|串号|(?<![a-z])(?:imei|sn|vx|qq)(?![a-z])(?:号码|号| number)?|微信号?|版本|端口|错误代码|区号|邮编"
            r"|(?:障碍|报障|故障|宽带)(?:号码|号)|(?:宽带|主)?[账帐][号户]|用户名"
            r"|\b(?:order|tracking|reference|ref|invoice|serial|sku|imei|vin|barcode|promo|voucher|coupon|version|extension|transaction)s?(?![a-z])"
            r"(?: (?:number|no\b|id|code|ref(?:erence)?|card))*"
            r"|\b(?:booking|confirmation|ticket|case|claim|policy|model|member(?:ship)?|loyalty|gift|employee|staff|badge|meter|parcel|package"
            r"|shipment|job|room|flight|part|product|item|customer|user|(?:broadband )?account|receipt|reservation|agent|po|route|routing|discount|error|area"
            r"|country|bar|qr|source|referral|zip|post|pickup|tax|student|library|store)"
            r"(?:(?: (?:number|no\b|id|code|ref(?:erence)?|card))+|(?<!account)(?= ?(?:is|was|:|#|'s|=|,)? ?#?$)|(?<=broadband account))"
            r"|\b(?!(?:my|your|his|her|their|own|contact|call ?back|back|best|home|work|daytime|same|another|different|good|correct|right|new|old"
            r"|phone|telephone|mobile|cell|cellphone|landline|line|fixed|whatsapp|tel|this|that|the|what|which|a|an|and|any|alternative|card"
            r"|passport|security|social|pin|other|whole|full|entire|actual|cvv|identity|long|plate|registration|license|licence) )[a-z]+ number(?![a-z])|\bpin ?code\b|\bpostcode|\btotal\b|\bamount\b|\bprice\b|\bbalance\b"
        ),
    ),
    (
        "id_card",
        r"身份证(?:件)?(?:的)?(?:号码|号)?|证件号码?|(?:national |identity |\bid )card(?: number)?|\bidentity number|\bssn\b|\bsocial security(?: number)?|\bnational insurance(?: number)?",
    ),
    ("passport", r"护照(?:号码|号)?|通行证(?:号码|号)?|\bpassport(?: (?:number|no\b))?"),
    (
        "plate",
        r"车牌(?:号码|号)?|牌照|\b(?:license |number |licence )plate|\bregistration(?: number)?|\breg\b",
    ),
    (
        "code",
        (
            r"验证码|校验码|[四六46]位数(?:字|码|的)|动态(?:口令|码|密码)|短信码|安全码|一次性(?:密码|口令)|(?<![a-z])cv[vcn]2?(?![a-z])码?|(?<![a-z])pin码?(?![a-z])"
            r"|\b(?:verification|security|one[- ]time|confirmation|access|login|log[- ]in|auth(?:entication|orization)?|sms|text"
            r"|(?:six|four|6|4)[- ]digit|digit) (?:pass)?(?:code|password|number)|\botp\b|\bpass ?code|\bpin(?: number)?\b"
            r"|\b(?:the|that|this|a|my|your) code\b|\bcode(?: is\b|'s\b|:)|\bdigits on the back"
        ),
    ),
    ("password", r"密码|口令|\bpass ?words?\b|\bpass ?phrase"),
    (
        "bank_card",
        (
            r"(?:银行|信用|储蓄|借记|工资|社会保障)卡(?:的)?(?:卡号|号码|号)?|卡号|银行(?:账|帐)[号户](?:号)?|(?:[建工农中招交]行|邮储)(?:的|卡)?"
            r"|\b(?:credit|debit|bank|visa|master) ?card(?: number)?|\bcard(?: number| no\b)?|\bbank account(?: number)?|\blong number"
        ),
    ),
    ("email", r"邮箱|电邮|邮件地址|e-?mail"),
    ("address", r"地址|住址|住在|address|\bpostcode|\bpost code"),
    (
        "phone",
        (
            r"手机(?:号码|号)?|电话(?:号码|号)?|联系(?:方式|号码|电话)|座机|固话|机主号码|来电号码|本机号码?|号码|打给|回电|回拨|致电|拨打?|(?<![a-z])tel(?![a-z])"
            r"|\b(?:tele)?phones?(?: (?:number|no\b))?|\bmobile(?: number)?|\bcell(?:phone)?(?: number)?|\bland ?line|\bcall(?:ing)?(?: me)?(?: back)?"
            r"(?: (?:on|at))?|\btext(?: me)?(?: (?:on|at))?|\breach (?:me|us|him|her|you)(?: (?:on|at))?|\bring me(?: (?:on|at))?"
            r"|\b(?:my|your|best|contact|callback|call[- ]back|same|his|her|another|different|good|home|work|daytime|this|what|which"
            r"|alternative) number|\bnumber (?:is|to (?:call|reach))|\bwhatsapp|\bdial|\bcontact(?: me)?(?: (?:on|at))?"
        ),
    ),
)
_CUE = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in _PATTERNS), re.ASCII)
_CUE_AFTER = re.compile(
    r" ?(?:就是|是|为|的|这个|那个|这部)(?:我|他|她|本人|我自己|我老公|我老婆|我爱人|家里)?的?(?:手机|电话|号码|座机|联系方式)"
)
_CODE_AFTER = re.compile(
    r" ?(?:(?:这个|这是|就是|是)(?:我的|那个|短信)?(?:验证码|动态码|校验码)"
    r"|(?:as|is|was) (?:the|my|a) (?:[a-z]+ )?(?:code|passcode|otp|pin)\b)"
)
_COMPANY_AFTER = re.compile(r" ?(?:的|这个)?(?:热线|专线|客服)")
_ASKED_TURNS = 6
_ASKED_REACH = 150
_REACH = 18
_LONGEST_CUE = 16
_FOLLOWING = 36


class Cues:
    """Looks for cues around numbers of one document."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._last: dict[int, Cue | None] = {}

    def beside(self, start: int, end: int) -> tuple[Cue, str] | None:
        """Give the nearest cue said in the same turn, and the words between it and the number."""
        after = self._document.after(end, _FOLLOWING)
        if _COMPANY_AFTER.match(after):
            return "company", ""
        if _CODE_AFTER.match(after):
            return "code", ""
        before = self._document.before(start, _REACH + _LONGEST_CUE)
        last = _last_in(before)
        if last and len(before) - last.end() <= _REACH:
            return _name(last), before[last.end() :]
        return ("phone", "") if _CUE_AFTER.match(after) else None

    def asked(self, turn: int) -> Cue | None:
        """Give the latest cue of the few turns before ``turn``: what a bare answer is about."""
        for earlier in range(turn - 1, max(-1, turn - 1 - _ASKED_TURNS), -1):
            if earlier not in self._last:
                self._last[earlier] = self._last_of(earlier)
            if cue := self._last[earlier]:
                return cue
        return None

    def _last_of(self, turn: int) -> Cue | None:
        start, end = self._document.bounds(turn)
        last = _last_in(self._document.text[max(start, end - _ASKED_REACH) : end])
        return _name(last) if last else None


def _last_in(text: str) -> re.Match[str] | None:
    found = None
    for one in _CUE.finditer(text):
        found = one
    return found


def _name(found: re.Match[str]) -> Cue:
    return cast("Cue", found.lastgroup)
