"""What the codebook speaks of, as patterns: a time limit, an apology, a one-time code, a private account.

N-grams learn these only where the training text happens to spell them the same way; a pattern says them once. Each
is one yes/no column beside the n-grams, and the weights decide what it is worth. Texts are folded (simplified, half
width, lower case).
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

READ_AT_MOST: Final = 1000
"""Characters of a turn that are searched."""

_MANDARIN: Final = {
    "polite": "您|请|谢|亲|麻烦|抱歉|不好意思|劳驾|敬|欢迎",
    "apology": "抱歉|歉意|对不起|不好意思|致歉|愧疚",
    "forgive": "谅解|见谅|原谅|包涵|海涵",
    "understand": "理解|体会|体谅|换(做|成|作)?(我|谁)|难怪|搁谁|谁(都|也)(会|得|要)|(确实|真的?|太)(让人|急|闹心|糟心|气|烦|耽误|折腾|不容易|难受)",
    "waited": "久等|耐心等|等候|耐心",
    "calm": "别着?急|不要着?急|别担心|请放心|您放心|消消气",
    "limit": r"(\d+|[一二两三四五六七八九十半几]+)个?(工作日|小时|天|分钟|日|周|星期|礼拜|月|点)|今天|今晚|明天|明早|明日|后天|周[一二三四五六日末]|下午|上午|当天",
    "within": "之?内|以内|最(晚|迟)|之?前|左右",
    "later": "尽快|第一时间|稍后|之后|随后|届时|马上|立即|会(为|给|帮|与|跟|有|由|安排|通知|联系|处理|核实|反馈|回复|跟进|继续)",
    "reported": "已经?(为您|帮您|给您)?(反馈|转交|提交|记录|登记|上报|安排|催促|通知|联系|受理|下单|转达)",
    "named": "专员|专人|工作人员|工程师|师傅|技术人员|同事|主管|经理|售后",
    "contact_you": "(联系|致电|回复|回电|答复|通知|联络|打电话给?)您?|给您(回|打)|与您|跟您联",
    "channel": "私信|拨打|热线|营业厅|官网|网点|门店|柜台|客户端|服务站|维修点",
    "asks": "请问|麻烦.{0,4}(提供|告知|说明|发)|请.{0,6}(提供|告知|说明|私信|发送)|是否|哪(个|里|些|款)|什么(型号|机型|版本|系统|时候|情况)|多少",
    "question": r"\?|吗|么|呢",
    "instruct": "点击|设置|进入|打开|选择|重启|卸载|安装|升级|更新|下载|登录|登陆|清除|尝试|试试|试下|检查|输入|关闭|长按|拔|携带|凭",
    "done": "已经?(为|帮|给)您|已经|已(开通|取消|办理|修复|处理|恢复|退|发|解决)|帮您(查|办|取消|开|改)",
    "refuse": "暂不|暂无|不支持|无法|没有.{0,4}(权限|办法)|不能|不可以|不行|退不了|做不了",
    "welcome_back": "(如|若|有)(任何|其他|其它|什么|还)?.{0,6}(问题|疑问|需要|帮助).{0,12}(联系|咨询|反馈|找|私信)",
    "purpose": "以便|便于|方便(我们|小|为)|(好|来)(为|帮|给)您|为您(核实|查询|查证|处理|跟进|反馈|核查)",
    "slogan": "不断|努力|优化|完善|提升|改进|加强",
    "feedback": "(感谢|谢谢).{0,8}(反馈|支持|建议|关注|意见|配合|来电|咨询)",
    "secret": "验证码|校验码|动态(码|口令|密码)|口令|密码|cvv|安全码|后三位|三位数|三个(小)?数字|签名(栏|条)|(卡|账)号|有效期|六位(数)?",
    "tell_me": "(报|念|发|说|讲|告诉|提供|给|留|输)(一下|下|给)?(我|过来|这边|一遍|出来|就)|(报|念|发|说)(一下|下|就)|是多少|截图",
    "keep_secret": "(不要|别|切勿|请勿|不用|无需|千万|不会|不需要|从不).{0,10}(告诉|透露|提供|发|报|泄露|索要|转发|转账|说)",
    "last_digits": r"(后|末)(四|三|4|3)位|尾号",
    "third_party": r"(他|她|收货人|收件人|户主|邻居|卖家|房客|家人|客人|师傅|骑手|机主).{0,10}(叫|是|电话|手机|住|地址|姓)|\[(phone|id_card|address|bank_card|name)\]|1\d{10}|[幺一]([三五七八九])",
    "private": "私(人|下|底下|自|聊)|个人(微信|支付宝|账户|号|收款|卡|银行)|加(我|一下我|个)|转(给)?(我|到我)|扫(我|一下我)|我(的|这个|自己的?)?(微信|支付宝|银行卡|卡|qq|手机号|账户|收款)|微信(转|红包|上)|现金|零钱|红包",
    "bypass": "(不|别|甭)(走|用|通过|经过|找|在).{0,2}(公司|平台|系统|前台|店里|柜台|app|官方|中介|公家)|平台外|走公司|抽成|下班|私活|内部价|员工价",
    "official": "官方|公司(账户|账号|名称)|企业微信|公众号|对公|正规|发票",
    "promise": "保证|绝对|百分之?百|100%|百分百|打包票|担保|永远|永不|终身|稳赚|零(风险|副作用|事故)|根治|万无一失|包(过|赔|好|退|您|换|治|提|瘦|会|在我)|肯定(能|会|给|全|可以|没|到)|一定(能|会|到|给您|可以|帮)|不可能(再)?|[双两三十]倍|说了算",
    "no_promise": "(不能|不敢|没法|无法|不好|没办法|不会).{0,6}(保证|承诺|打包票|说死|肯定|担保)",
    "urgency": "最后(一|\\d|几|两)|只剩|仅剩|就剩|名额|过了(今|这|明|点)|(今天|马上|今晚|明天|立刻|现在).{0,8}(不|没|停|涨|下线|恢复|失效|截止|冻结|关)|冻结|失效|作废|锁(死|定)|征信|黑名单|停机|停气|翻倍|违法|犯法|起诉|公安|规定",
    "free": "免费|不(另|再)?收费|一分钱|不花钱|不要钱|赠送|体验|不收",
    "twist": "那(个|不)?是?.{0,6}(另算|另外|不算|两码事|不叫|一回事)|不是.{1,8}(费|钱|价)|另算|两(码|回)事|记错|没(理解|听仔细|说过)|一样的?(呢|呀|啦)|不用(看|管|细)|默认|模板|都(这么|这样)|别(看|管)|一直就是",
    "fault": "(你|您)自己|谁(让|叫)(你|您)|怪(谁|你|您|我们|得|不得)|怨(谁|你|得)|赖(谁|你|我)|还不是(你|您)|自找|自作|活该|早干(嘛|什么)|粗心|贪(便宜|小)|(你|您).{0,6}(不看|没看|不检查|不保养|乱|非要|忘了|填错|弄错|选错|没拿稳|摔的)|只能怪",
    "neutral_cause": "一般是|通常|可能是|常见|导致|由于|原因是|造成",
    "scorn": "呵呵|听不懂|(说|讲|问)了?(多少|几|八百|一百|无数|三)?遍|瞎|聋|有病|烦(不|死|人)|闲得|爱.{1,3}不|随便你?|投诉去|去告|关我|至于吗|多大(的人|点)|小学生|挂了|磨(叽|唧|磨)|急什么|喊什么|嚷|脑子|眼(睛|神)|耳朵|废话|啰嗦|懒得|服了|没(空|工夫|见过)|谁稀罕|看不(惯|懂)|胡搅|无理|搞笑|哟|真行",
    "disown": "没办法|没招|管不(了|到|着)|不归.{0,6}管|不(太)?(清楚|知道|晓得)|帮不(了|到)|无能为力|爱莫能助|不负责|概不|就(这样|这么)|查不(了|到)|修不了|办不了|没有?(义务|责任|先例)|不是我们|自己(想|看着|协调|解决)|找(别人|他们|商家|卖家|谁)|没权限|不关|别(打|问|找)",
    "insult": "草泥马|尼玛|妈的|tmd|md|垃圾|骗(子|人|钱)|坑(爹|人|死|钱)?|无耻|流氓|脑残|屎|傻|去死|滚|混蛋|奸商|烂|恶心|操|艹|蛋|无良|霸王|强盗|王八|狗|贱|呸|靠|逼|忽悠|欺骗|坑|破|渣",
    "authority": "工信|信产部|12315|12300|315|消协|消费者(协会|报|权益|投诉|维权|保护)|管理局|监管|物价局|工商|质检|银监|纪委|市长|公安|平安|报警|黑猫|有关部门",
    "media": "央视|日报|晚报|早报|都市报|人民网|新华|电视台|焦点访谈|头条|记者|媒体|曝光|扩散|公开|公之于众|(帮|求|大家|请).{0,3}转|(提醒|告诉|劝告?|告诫|奉劝).{0,4}(大家|朋友|身边|各位)|大家.{0,6}(小心|慎重|当心|注意|千万|不要|别|擦亮|引以为戒)|千万(别|不要)|朋友圈",
    "law": "法院|法庭|起诉|诉讼|律师|上诉|仲裁|告(你|他)们?|告到|(法律|合法|侵犯|违反).{0,6}(途径|手段|武器|责任|权|法)|违法|维权|讨.{0,3}(公道|说法)|死磕|没完|奉陪|(等着|走着)瞧",
    "claims": "索赔|赔(偿|付|我|钱|款|吗|不)|(退|假)一(赔|罚)|(承担|负).{0,8}(损失|责任|赔偿|费用|后果)|精神损失|违约金|差评",
    "complains": "(我|要|去|将|会|一直|严重|必须|强烈|坚决|正式|只能|只好|非得|继续|再次|准备|等着|想).{0,4}投诉|^.{0,14}投诉[^过了的无没]|投诉(你|到底|@|消协|工信|经销商|他|她|贵)|【投诉】|#投诉|举报",
    "complained": r"投诉(过|了|n|多次|都|几|没|无门|电话|\d)|(多次|经|次).{0,3}投诉|投诉.{0,4}次",
    "leaves": "(换|转|改用|转投|转粉|投奔|跳|上|入|买).{0,5}(移动|电信|联通|别家|网|号|卡|小米|华为|苹果|三星|运营商|公司|牌子|别的|其他)了?|(再也不|再不|不再|不敢|永不|永远不|不想|别|没法|不会再?).{0,4}(用|买|来|光顾|选|续|订|住|合作)|退(网|掉|订)|(销|注销|停|弃|扔|丢|剪)(了|掉)?.{0,6}(户|号|卡|电话)|携号|卸载|(果断|坚决)(换|删|弃|退|卸)|远离|抛弃|放弃|拜拜|再见|跑了|移民|不用.{0,4}(联通|电信|移动|你们?|了行)|宁愿|不如(用|买|换)?.{0,2}(电信|移动|联通|小米|华为)|(逼|迫).{0,4}(换|走|转)|(失去|流失|离开|没有).{0,6}(用户|客户|顾客|信心|耐心|忠诚)|用脚投票|爱咋",
    "thanks": "谢|3q|thx|thank|感激|辛苦",
    "praise": "赞|给力|满意|很好|不错|表扬|棒|感动|贴心|效率|爱你|热情|开心|高兴|太好了|好评|么么|厉害",
    "settled": "(解决|恢复|正常|成功|搞定|修好|弄好|处理好|办好|装好|到账|收到|找到|看到|清楚|明白|知道|学会|好使|没问题).{0,2}(了|啦)|(已经?|现在|刚才?|终于|果然|都)(解决|好|可以|能|恢复|正常|成功|搞定|会|有|没(有)?(问题|事)).{0,6}(了|啦)?|^(好|行|可以|ok|嗯|恩|有)了|会用了|能.{0,4}了|没事(儿)?了|不(用|需要)(了|处理|回复|麻烦)",
    "brief_yes": "^.{0,12}(谢|ok|好的|明白|知道|可以|好了|嗯|恩|行).{0,8}$",
    "now_fine": "(现在|现已|今天|刚刚?|刚才|又|自己|后来|终于|已经?|都|果然|自动|重启|之后|以后|居然|莫名|换了|重装|嗯+|恩+).{0,8}(好了|好啦|ok|可以了|可以用|可以上|正常|恢复|解决|通了|有了|成功|搞定|自愈|修复)|没事(了|儿|啦)|问题.{0,4}(解决|没了|消失)",
    "learnt": "(搞|弄|问|查|看)(清楚|明白|懂|到)了?|(知道|知悉|了解|明白|懂|清楚|学会)(了|啦|咯)|原来(如此|是)|涨(姿势|知识)|got it|get了",
    "handled": "(办|处|受)理?(好|完|妥)了?|(退|充|缴|交|打)(款|费|值)?(已|到|成功|了)|(已经?|顺利).{0,6}(到账|收到|退|补|修|换|装|送|开通|取消|办|处理|解答)|到(手|货|账)(了|啦)|圆满|多亏|帮(我|忙).{0,6}(解决|处理|搞定|办|查|开)",
    "unsettled": "没(有)?(解决|用|反应|人|收到|到|好)|还是(不|没|这|那)|依然|仍然|一直|又|不行|不能|不了|多久|什么时候|到底",
    "anger_sign": r"!{2,}|\?{2,}|[!?]{3,}|\[(怒|抓狂|鄙视|哼|怒骂|衰|吐|泪|汗|委屈|失望|生病|右哼哼|左哼哼|挖鼻屎|弱|黑线)",
    "joy_sign": r"\[(赞|good|心|爱你|鼓掌|威武|哈哈|嘻嘻|太开心|给力|玫瑰|呲牙|偷笑|可爱|ok|抱抱|拥抱|花心)|~|哈哈|嘻嘻|嘿嘿",
    "sigh": r"\.{3,}|。{2,}|…|唉|哎|无语|醉了|呵呵|晕|郁闷|悲催|伤不起|崩溃|无奈|失望|伤心|愁|急死",
    "rhetorical": "凭(什么|啥)|难道|怎么(能|可以|就|这么|那么|办事)|什么(意思|玩意|破|烂|鬼|态度|东西|服务|垃圾|道理)|搞(什么|毛|笑)|有(没有|木有)(搞错|天理|人管|良心)|到底|究竟|何(在|必|况|意)|为(啥|毛|什么)|干(嘛|吗|什么吃)|好意思|要脸|脸红|良心|过分|太(差|烂|坑|慢|过|不|让人)|也太|这就是|合适吗|你们(就|这|不|是不是|能不能|到底|还|别)",
    "bad_service": "态度|敷衍|推(脱|诿|卸|来|给)|踢皮球|没(有)?人.{0,4}(管|接|理|处理|回|联系)|不(理|管|解决|处理|作为|负责|回复|给力|靠谱)|打不(通|进)|乱?(扣|收)(我|了|费|钱|话费)|骚扰|霸王|欺负|消费者|投诉|差劲|低下|拖|糊弄|忽悠|偷|黑(心|我|店)|吞|缩水",
    "long": r"(\d+|[几多半一二两三四五六七八九十n])多?个?(天|月|小时|年|周|星期|礼拜|次|遍|回)(了|多|都|还|没|也|来)|等了|等(半|好|这么|那么|很)|至今|拖|迟迟|每次|天天|老是|总是|一直|经常|多次|再三|第.次|好(几|久|多)|(这么|那么|很|多|好)久",
    "hopes": "希望|建议|期待|支持|加油|越来越|祝|喜欢|信任|忠实|情怀|理解",
    "asks_help": "请问|求(助|解|教|问|帮|指|回)|请教|咨询|麻烦|帮(我|忙|查|看)|怎么(办|弄|设置|用|开|回事|样|查|才|取消)|(能|可)不(能|可以)|可以.{0,10}吗|谢谢[!。.]?$|怎么破|是不是",
    "asks_if_fine": "(是否|可以|能|有没有|还会?|问题|情况|现在|目前|恢复|正常|解决|改善).{0,14}(了)?(吗|呢|没有|么|\\?)",
}
_ENGLISH: Final = {
    "polite": r"please|thank|sorry|sir|madam|ma'am|hello|hi\b|good (morning|afternoon|evening)|welcome|apolog|dear|kindly|appreciate|excuse me|pardon|hiya",
    "apology": r"sorry|apolog|regret|my bad",
    "forgive": r"inconvenience|understanding|bear with|patien",
    "understand": r"understand|imagine|must (be|have)|no wonder|can see (why|how)|i get (why|that|how)|i hear you|(that's|that is|sounds|how) (awful|horrible|frustrating|annoying|stressful|worrying|tough|terrible|upsetting|scary|rough)|frustrat|oh no|anyone would|i'd be|worr(ied|ying)",
    "waited": r"for (waiting|holding|your patience)|hold(ing)? on|kept you",
    "calm": r"don't worry|no worries|not to worry|rest assured|take your time|no rush",
    "limit": r"\b(\d+|one|two|three|four|five|six|seven|ten|twelve|twenty|thirty|forty|a|an)( to \w+)? ?(-|working |business )?(hour|hr|day|minute|min|week|month)s?\b|today|tonight|tomorrow|monday|tuesday|wednesday|thursday|friday|saturday|sunday|\d ?(am|pm)|o'clock|noon|midnight|end of (the )?(day|week)",
    "within": r"within|\bby\b|before|no later|latest",
    "later": r"\b(i|we|they|he|she|someone|team|engineer|manager|specialist|driver|technician)('ll| will|'re going to|'m going to| is going to)|as soon as|shortly|get back|right away",
    "reported": r"(i've|we've|i have|we have|has been|have been|been) (just )?(passed|raised|logged|reported|forwarded|escalated|booked|noted|arranged|requested|sent)",
    "named": r"engineer|technician|specialist|manager|supervisor|team|colleague|driver|adviser|advisor|agent|department|staff",
    "contact_you": r"(call|ring|email|text|contact|phone|message|write to|get back to|update|inform) (you|u)\b|call(ing)? back",
    "channel": r"private message|\bdm\b|hotline|website|branch|store|counter|call \d|link|help ?desk|service cent",
    "asks": r"(could|can|may|would) (you|i)|please (provide|send|confirm|tell|give|share)|what('s| is) (your|the)|which|do you|have you|is it|are you",
    "question": r"\?",
    "instruct": r"\b(click|tap|press|select|go to|open|enter|restart|reinstall|install|update|download|log ?in|sign ?in|clear|try|unplug|hold down|check|choose|reset|type|turn (it )?(off|on)|switch)\b",
    "done": r"\b(i've|we've|i have|we have|it's been|has been|have been|i just|we just)\b|\b(refunded|cancelled|canceled|fixed|changed|updated|reset|corrected|activated|processed|resolved)\b",
    "refuse": r"can't|cannot|unable|not able|don't (support|do|offer|have)|isn't (possible|available|supported)|not (possible|available|supported)|unfortunately|won't",
    "welcome_back": r"(any|further|other|more) (questions?|problems?|issues?|help|queries)|feel free|let us know|contact us|anything else",
    "purpose": r"so (that )?(we|i) can|in order to|to (check|verify|look into|help|assist|investigate)",
    "slogan": r"improve|strive|optimi[sz]e|effort|continue to|better service",
    "feedback": r"thank(s| you) for (your|the|calling|contacting|letting)|feedback|suggestion|support",
    "secret": r"password|passcode|\bpin\b|\botp\b|one[- ]time|(verification|security|six[- ]digit|access|text(ed)?|sms) ?code|\bcode\b|\bcvv\b|card number|long number|(three|3) (digits|numbers)|expiry|social security|\bssn\b|sixteen|16[- ]digit|log ?in|username|back of (the|your) card",
    "tell_me": r"(tell|give|read|send|text|type|post|share|spell|say|message|whats|what's|confirm|put|comment|drop|need|want)\b.{0,16}\b(me|it|out|here|us|your|that|the|them)\b|go ahead",
    "keep_secret": r"(don't|do not|never|no need to|not to|without|won't|will not|nobody|no one).{0,24}(share|tell|give|ask|need|post|send|read|type|enter|say|disclose)",
    "last_digits": r"last (four|4|three|3|two|2)|ending in|ends in|first (two|letter|line)",
    "third_party": r"\b(his|her|their)\b.{0,24}\b(number|mobile|address|phone|email|card|balance|name|account|lives?|living|room)|\[(phone|id_card|address|bank_card|name|email)\]|\b(he|she|they) lives?|07\d{3}|oh seven|double oh|555",
    "private": r"\b(my|mine|me|own|personal|private(ly)?|wife's|missus|brother|cousin|mate's)\b.{0,24}\b(number|account|paypal|venmo|zelle|whats ?app|revolut|monzo|cash ?app|phonepe|gpay|google pay|g pay|mobile|telegram|insta|bank|card|direct(ly)?|phone|sort code|snap|email)|\bcash\b|direct to me|pay me|wire me|e-transfer|between (you and me|us|ourselves)|message me|add me|text me|ring me",
    "bypass": r"off the books|skip the|(don't|do not|no need|not|leave|forget|instead of|without|keep (it|this) off|outside)\b.{0,20}\b(the |this )?(app|site|website|platform|office|company|shop|store|agency|system|books|centre|center|invoice|receipt|insurance|desk)|commission|no (invoice|receipt|paperwork)|staff (discount|price|account)|half (the )?price|discreet|don't (tell|mention)|quiet",
    "official": r"official|green tick|company account|secure (payment )?link|checkout|invoice|receipt",
    "promise": r"guarantee|promis|100 ?%|1000 ?%|hundred (and \w+ )?per ?cent|\bper cent\b|\bnever\b|\balways\b|absolutely|definitely|certain(ty|ly)?|for sure|swear|my word|bet (my|you)|zero|risk[- ]free|no risk|can't (lose|fail|go wrong|miss)|cannot (lose|fail)|lifetime|forever|\bevery single\b|no matter what|foolproof|nothing (can|will)|whatever happens|personally|(double|triple|ten times|five times|twice) |out of my own pocket",
    "no_promise": r"(can't|cannot|couldn't|wouldn't|won't|not able to|wish i could|don't want to|unable to|not going to|never)\b.{0,12}(guarantee|promise|say for (sure|certain)|swear)|no guarantee|not guaranteed|manufacturer's guarantee|guarantee (period|card|certificate)|(two|one|three|five|\d+)[- ]year guarantee",
    "urgency": r"last (one|chance|few|two|spot)|only (one|1|two|2|three|few|\d+)|\d+ left|expires?|ends? (tonight|today|in|at)|before (midnight|it|you hang)|right now|hang up|gone|minutes?|shut(ting)? (down|for)|cut (you|it)? ?off|bailiff|credit (file|score|record)|doubles?|the law|by law|frozen|arrest|blacklist|lose your|have to (by|today|now)",
    "free": r"free|no (charge|cost|fee|fees|extra)|nothing (extra|on top|to pay)|not a (cent|penny|charge|rupee|fee)|trial|complimentary",
    "twist": r"not (really |technically |a |an )?(part of|a charge|a fee|the price|charge)|that's (not|different|separate|an|just|only)|separate(ly)?|(different|another) thing|same thing|technically|in the (terms|small print)|everyone knows|everybody knows|just a formality|don't (read|worry about)|never said|must be remembering|you (misheard|misunderstood)|doesn't count|well (there's|not)|apart from|standard",
    "fault": r"your (own )?(fault|doing|mistake|problem|carelessness|responsibility|lookout)|you should(n't)?( have|'ve)?|you (didn't|never|don't|failed|forgot|broke|dropped|pressed|picked|clicked|chose|messed|must have|ought)|(who|why) (did|didn't|told|keeps|left|gave)|blame|on you\b|serves you|what did you expect|if you('d| had| bothered)|you people|you lot|careless|gullible|lazy|(only )?yourself|whose fault|bother(ed)? (to|reading|with|checking)",
    "neutral_cause": r"usually|common|caused by|because of|due to|it happens|sometimes|tends to",
    "scorn": r"\b(lol|lady|sweetheart|love|mate|pal|buddy|genius|darling|princess|hun|jesus|boo hoo|aww|oh please|seriously|obviously|duh|whatever|calm down|relax|chill|shut up|stupid|idiot|dumb|silly|moan|whin|nag|brain|parrot|grown-up|deaf|blind|glasses|get a grip|waste|wasting|bless|congratulations|good luck|good for you|bye)\b|how many times|(said|told you) (it |that )?(twice|three|already|\w+ times)|don't care|couldn't care|not my problem|read (it|the)|use your|can you not|are you (even|serious|listening|deaf)|what do you want|next question|hurry|get (off|over|used)|rocket science|eat my head|skill issue",
    "disown": r"(nothing|not a lot|not much) (more |else )?(i|we|to|for) ?(can|could|do|say|me)?|can't (help|do anything|do that)|no idea|not (us|our|my|me)\b|(isn't|not) (our|my) (job|department|problem|concern|area)|don't (know|deal|handle|do|get involved|have that)|no (update|one else|nobody)|take it or leave|up to you|that's (it|all|how it is|the end|policy|between)|policy is|wouldn't (know|make)|couldn't (tell|say)|live with it|out of luck|won't be (replying|able)|closed|try google|take no responsibility",
    "insult": r"useless|rubbish|garbage|crap|shit|fuck|damn|bloody|joke|ridiculous|disgust|scam|thie(f|ves)|robb|liar|lying|lie\b|pathetic|incompetent|appalling|disgrace|idiot|cheat|fraud|rip[- ]?off|terrible|worst|awful|hell|wtf|outrag|shame",
    "authority": r"ombudsman|regulator|trading standards|watchdog|ofcom|ofgem|\bbbb\b|\bfca\b|\bftc\b|\bfcc\b|consumer (rights|protection|association|affairs|council|body|bureau)|ministry|miit|\b(12)?315\b|police|bureau|industry and (commerce|information)|authorit(y|ies)|commission(er)?\b|department of|government",
    "media": r"\bpress\b|media|newspaper|\btv\b|journalist|reporter|twitter|facebook|instagram|tiktok|youtube|reddit|trustpilot|expos(e|ed|ing|ure)|go(ing)? public|post(ing)? (this|it|about)|tell (everyone|everybody|all my|people|my friends)|share this|warn(ing)? (everyone|people|others|my)|(bad|negative|one[- ]star|1[- ]star) review|one star|everyone (be )?(careful|beware)|watch out|spread",
    "law": r"lawyer|solicitor|attorney|\bsue\b|suing|\bcourt\b|legal|small claims|lawsuit|litigation|illegal|against the law|(my|consumer'?s?|legitimate) rights|rights? (protection|as a)|defend|claim(ing)? (against|compensation|damages)|see you in",
    "claims": r"compensat|reimburs|damages|pay for (the|my|our) (loss|trouble|time)|(bear|take|assume|shoulder)\b.{0,12}(loss|responsib|liabil|cost|consequence)|(my|the|our|any) loss(es)?",
    "complains": r"(will|to|gonna|want|going|shall|must|i'll|strongly|formal(ly)?|lodge|make|raise|file|just|only)\b.{0,10}complain|report (you|this|it|them)\b|escalat|(speak|talk) to (your|a|the) (manager|supervisor)|i('m| am) complaining|official complaint",
    "complained": r"complained|(my|many|last|previous|several|after) complaints?|complaint (number|call|hotline|line)",
    "leaves": r"leav(e|ing)|(switch|chang|mov|turn|transfer|convert|port)(e|ing|ed)? (over )?(to|provider|operator|carrier|compan|bank|suppl)|cancel|(never|not|won't|don't|no longer|wouldn't|not going to|dare not|nobody will|stop)\b.{0,12}\b(use|using|buy|buying|again|order|come|coming|shop|renew|stay|trust|choose|deal)|another (company|provider|bank|shop|carrier|operator)|somewhere else|elsewhere|competitor|take my (business|money|custom)|go(ing)? (to|with) (someone|another|a competitor|china)|close (my|the) account|closing my|last time|last (order|straw)|won't be (back|using|renewing|ordering)|los(e|ing|t) (a |me as a |your |my )?(customer|faith|patience|confidence|trust)|forc(e|ed|ing) (me|us) to|uninstall|return (the|my) (sim|card|number)|give up|goodbye|i'm done|done with (you|this)",
    "thanks": r"thank|thx|cheers|\bta\b|appreciate|grateful",
    "praise": r"great|lovely|brilliant|perfect|amazing|excellent|awesome|wonderful|fantastic|helpful|star|legend|love (it|that|you)|happy|good|kind|well done|super",
    "settled": r"(it's|that's|its|all|now) (work|fixed|sorted|solved|done|good|back)|worked|sorted|solved|resolved|fixed|got it|received|came through|that did it|works now|it works|can see it now",
    "brief_yes": r"^.{0,24}\b(thank|thanks|ok|okay|great|got it|will do|cheers|perfect|fine)\b.{0,16}$",
    "now_fine": r"(now|already|just|finally|has|have|it's|is|back|been|got|myself|itself)\b.{0,16}\b(ok(ay)?|fine|normal|good|work(s|ed|ing)?|solved|sorted|fixed|resolved|restored|recovered|settled|up and running|connected)|no (more )?(problem|issue)s? (now|any ?more)|never ?mind|all (good|set|sorted|done|fine)|problem (is |has been |was )?(solved|gone|fixed)",
    "learnt": r"(i )?(see|understand|understood|know|got it|get it|learned|figured)( now|\.|!|,|$| it out)|makes sense|that (answers|clears|explains)|good to know|that's (all|everything) i (need|want)",
    "handled": r"(received|got|arrived|came|refunded|credited|delivered|activated|cancelled|replaced|repaired|processed|completed|done|succe(ss|eded))\b.{0,20}(now|today|already|thank|thx|cheers|great|finally|just|!)|(already|just|finally|successfully)\b.{0,20}\b(received|got|arrived|refunded|delivered|done|paid|handled|dealt|installed|opened|cancelled)|thanks to|helped me|for (your|the|all the|all your) help",
    "unsettled": r"still|again|not (work|fixed|here|arriv)|doesn't|didn't|hasn't|haven't|won't|when|how long|why|never",
    "anger_sign": r"!{2,}|\?{2,}|[!?]{3,}",
    "joy_sign": r"haha|:\)|:d\b|<3|xx?\b|\blol\b|~",
    "sigh": r"\.{3,}|…|sigh|ugh|argh|wow|great\.|fed up|sick of|had enough|annoy|frustrat|disappoint|unacceptable|upset|stress|worr|fuming|furious|angry",
    "rhetorical": r"how (can|could|dare|is it|come|many|long|hard)|why (the hell|on earth|should|can't|don't|do i|is|are|did|does|was)|what('s| is| the) (the point|the use|going on|wrong with|kind of|hell)|are you (kidding|serious|joking|even|people|guys)|is (this|that|it) (a joke|how|what|even)|do you (even|think|people|guys|really|know)|don't you|can't you|isn't it|really\?|you (guys|people|lot|always|never|just|only|keep)|so (bad|slow|poor|much)|too (bad|slow|much|long|expensive|many)|such (a|an|bad|poor)|excuse",
    "bad_service": r"attitude|rude|ignor(e|ed|ing)|no(body| one) (answer|repl|respon|call|car|com|help|pick|contact|handl|deal)|no (reply|response|answer|one)|can't get through|hung up|passed (around|from)|brush|run ?around|charg(e|ed|ing) me|deduct|overcharg|poor|bad (service|signal|experience)|slow|delay|broken|faulty|harass|trick|mislead|misled|dishonest|irresponsib|perfunctory|hidden|overlord|steal|stole",
    "long": r"\b(\d+|two|three|four|five|six|several|many|few|half an?|couple of|whole|all) (more )?(days?|weeks?|months?|years?|hours?|times?|calls?|morning|afternoon)\b|since|already|so long|for ages|keep(s)? |every (time|day|month|week)|always|repeatedly|waited|waiting|\bnth\b|third time|second time|all day|yet",
    "hopes": r"hope|suggest|look(ing)? forward|support(ing|er)?|wish|like (it|this|your)|loyal|trust|believe|keep it up|enjoy",
    "asks_help": r"(could|can|would|will|may) (you|i|u|we|someone)|please|how (do|can|to|should|much|about)|what (should|do|can) i|i('d| would) like|i('m| am) (just )?(calling|wondering|looking|trying|ringing)|wonder(ing)? (if|whether)|is (there|it possible)|do you (have|know|offer)|help me|any idea",
    "asks_if_fine": r"(is|are|has|have|does|did|can)\b.{0,40}\b(now|normal|work(ing)?|resolved|solved|fixed|sorted|ok(ay)?|back|restored|improved|still|better)\b.{0,30}\?|anything else|does that (help|answer|make)",
}
_HAN: Final = re.compile(r"[一-鿿]")
_COMPILED: Final = {
    # Searching is fastest where every alternative begins with a letter: "\\bpin" is written "p(?<=\\bp)in".
    name: tuple(re.compile(re.sub(r"\\b([a-z])", r"\1(?<=\\b\1)", pattern)) for pattern in patterns.values())
    for name, patterns in (("zh", _MANDARIN), ("en", _ENGLISH))
}
CONCEPTS: Final = len(_MANDARIN)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConceptSpans:
    """Where a text names concepts."""

    concepts: npt.NDArray[np.int64]
    """Column of each concept named."""
    starts: npt.NDArray[np.int64]
    ends: npt.NDArray[np.int64]
    shares: npt.NDArray[np.float32]
    """One over how often the text names the concept: its column counts once."""


def concepts(texts: Sequence[str]) -> npt.NDArray[np.float32]:
    """Say for each folded text which concepts it names: texts x ``CONCEPTS``, 0 or 1.

    A text with any hanzi is read by the Mandarin patterns, another by the English ones; the columns are the same.
    """
    found = np.zeros((len(texts), CONCEPTS), dtype=np.float32)
    for row, text in zip(found, texts, strict=True):
        read = text[:READ_AT_MOST]
        row[:] = [pattern.search(read) is not None for pattern in _patterns(read)]
    return found


def concept_spans(text: str, named: Iterable[int]) -> ConceptSpans:
    """Find every place where a folded text names a concept; ``named`` are the columns of those it names."""
    read = text[:READ_AT_MOST]
    patterns = _patterns(read)
    hits = [
        (column, *match.span(), 1 / len(matches))
        for column in named
        for matches in [list(patterns[column].finditer(read))]
        for match in matches
    ]
    return ConceptSpans(
        concepts=np.array([hit[0] for hit in hits], dtype=np.int64),
        starts=np.array([hit[1] for hit in hits], dtype=np.int64),
        ends=np.array([hit[2] for hit in hits], dtype=np.int64),
        shares=np.array([hit[3] for hit in hits], dtype=np.float32),
    )


def _patterns(text: str) -> tuple[re.Pattern[str], ...]:
    return _COMPILED["zh" if _HAN.search(text) else "en"]
