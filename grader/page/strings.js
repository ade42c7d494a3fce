// Every word the page shows, in English and in Mandarin.

export const STRINGS = {
  en: {
    language_name: "English",
    dot: " · ",
    run_of: "Run of {when}",
    scorecards: "Scorecard",
    version: "v{version}",
    models: "Models",
    notice: "Please note",
    demonstration_speech: "Recordings were transcribed with the demonstration model, made for the sample voices only.",
    choose_language: "Language",
    keys: "Keyboard shortcuts",
    close: "Close",
    key_next: "next, previous conversation",
    key_evidence: "next, previous evidence",
    key_search: "search",
    key_review: "only conversations for review, and back",
    key_back: "back to the list",
    key_help: "these shortcuts",

    show: "Show",
    count_all: "graded",
    count_auto: "automatic",
    count_review: "for review",
    count_failed: "failed",
    count_blank: "not evaluated",
    count_problems: "left out",

    conversations: "Conversations",
    search: "Search conversations",
    search_hint: "Number, agent, team or words said",
    criterion: "Criterion",
    any_criterion: "All criteria",
    is_not_met: "{mark} {name} ({count})",
    sort: "Order",
    sort_run: "As graded",
    sort_low: "Lowest score first",
    sort_high: "Highest score first",
    sort_doubt: "Least certain first",
    sort_agent: "By agent",
    sort_id: "By number",
    matches: "{count} of {total} conversations",
    no_match: "No conversation matches.",
    clear: "Clear search and filters",
    nothing: "Nothing was graded in this run.",
    choose: "Choose a conversation to see its transcript and why it was graded so.",

    call: "call",
    chat: "chat",
    email: "e-mail",
    inbound: "inbound",
    outbound: "outbound",
    lang_zh: "Mandarin",
    lang_en: "English",
    agent_id: "Agent {id}",
    queue: "Queue",
    recording: "Open the recording",
    passed: "passed",
    failed: "failed",
    unscored: "no score",
    auto: "Automatic",
    review: "Review",
    back: "All conversations",
    previous: "Previous conversation",
    next: "Next conversation",

    met: "met",
    not_met: "not met",
    not_applicable: "not applicable",
    abstained: "undecided",
    not_evaluated: "not evaluated",

    triage_auto: "The machine answers alone: every verdict is certain enough.",
    triage_review: "A person must look, because:",
    low_confidence: "it is not certain enough about “{what}”",
    fatal: "a fatal finding: {what}",
    unsure_roles: "it is not certain who is the agent and who the customer",
    unsure_recognition: "speech recognition was too uncertain",
    one_sided: "only the agent is to be heard",
    escalation: "the customer threatens to escalate",
    not_evaluated_reason: "something could not be evaluated",
    random_sample: "it was drawn at random, so that automatic grades stay audited",
    short_low_confidence: "unsure: {what}",
    short_fatal: "fatal: {what}",
    short_unsure_roles: "unsure who speaks",
    short_unsure_recognition: "poorly heard",
    short_one_sided: "one-sided",
    short_escalation: "escalation",
    short_not_evaluated: "not evaluated",
    short_random_sample: "random sample",
    rude: "rude",
    blame: "blames the customer",
    brush_off: "brushes the customer off",
    overpromise: "unauthorised promise",
    privacy: "privacy",
    off_platform: "off-platform deal",
    misleading: "misleading",

    criteria: "Criteria",
    probability: "Probability that it is met",
    applicability: "Probability that it applies to this conversation",
    applies: "applies {share}",
    points: "{points} of {max} points",
    no_points: "not counted",
    evidence: "Evidence",
    turn_n: "Turn {n}",
    evidence_at: "Evidence {n} of {total}: {name}, {state}",
    no_evidence: "This conversation has no evidence to step through.",

    transcript: "Transcript",
    agent: "Agent",
    customer: "Customer",
    bot: "Bot",
    system: "System",
    unknown: "Unknown speaker",
    silence: "{seconds} of silence",
    interrupts: "interrupts, {seconds} at once",
    dropped: "Speech left out {from}–{to}: {reason}",
    dropped_repetition: "the recogniser repeated itself",
    dropped_stock_phrase: "a stock phrase that nobody said",
    dropped_silence: "text where nobody speaks",
    dropped_low_probability: "too improbable",
    dropped_too_fast: "faster than anyone speaks",
    unsure_word: "Recognised with low probability",
    redacted: "Personal data, covered",
    "emotion-2": "angry",
    "emotion-1": "displeased",
    emotion1: "pleased",
    escalates: "threatens to escalate",
    no_turns: "There is no text in this conversation.",
    show_rest: "Show the remaining {count} characters",
    remarks: "Reading remarks",

    facts: "Timing and outcome",
    timing: "Timing",
    duration: "Duration",
    answer_delay: "Until answered",
    first_response: "First response",
    mean_response: "Mean response",
    longest_response: "Longest response",
    longest_silence: "Longest silence",
    total_silence: "Silence in all",
    interruptions: "Interruptions by the agent",
    speech_rate: "Agent's speech rate",
    words_a_minute: "{rate} words/min",
    characters_a_minute: "{rate} characters/min",
    talk_ratio: "Agent's share of speech",
    hearing: "Recognition",
    model: "Model",
    intelligibility: "Believed speech",
    voice_confidence: "Voices told apart",
    role_confidence: "Roles told apart",
    outcome: "Outcome",
    outcome_hint: "Expected human rating from −2 to 2",
    A: "Task accomplished",
    S: "Customer satisfied",
    E: "Effective",
    level_share: "{level}: {share}",
    mean: "mean {mean}",

    problems: "Left out",
    problems_hint: "These inputs were left out; the rest of the run went on.",
    file: "Input",
    place: "Place",
    problem: "Problem",
    remedy: "Remedy",
    whole: "whole",

    seconds: "{n} s",
    minutes: "{m} min {s} s",
    privacy_note: "Texts are redacted. This page is one file and sends nothing anywhere.",
  },
  zh: {
    language_name: "中文",
    dot: "·",
    run_of: "{when} 的质检",
    scorecards: "评分表",
    version: "第 {version} 版",
    models: "模型",
    notice: "请注意",
    demonstration_speech: "录音由演示用语音模型转写，该模型只适合示例语音。",
    choose_language: "语言",
    keys: "键盘快捷键",
    close: "关闭",
    key_next: "下一个、上一个会话",
    key_evidence: "下一条、上一条依据",
    key_search: "搜索",
    key_review: "只看待复核的会话（再按一次恢复）",
    key_back: "返回列表",
    key_help: "本说明",

    show: "显示",
    count_all: "已评分",
    count_auto: "自动评定",
    count_review: "待复核",
    count_failed: "不合格",
    count_blank: "未评估",
    count_problems: "被略过",

    conversations: "会话",
    search: "搜索会话",
    search_hint: "编号、客服、班组或对话内容",
    criterion: "评分项",
    any_criterion: "全部评分项",
    is_not_met: "{mark} {name}（{count}）",
    sort: "排序",
    sort_run: "评分顺序",
    sort_low: "分数从低到高",
    sort_high: "分数从高到低",
    sort_doubt: "最不确定的在前",
    sort_agent: "按客服",
    sort_id: "按编号",
    matches: "{count} / {total} 个会话",
    no_match: "没有符合条件的会话。",
    clear: "清除搜索和筛选",
    nothing: "本次没有评出任何会话。",
    choose: "请选择一个会话，查看对话内容和评分依据。",

    call: "通话",
    chat: "在线",
    email: "邮件",
    inbound: "呼入",
    outbound: "呼出",
    lang_zh: "中文",
    lang_en: "英文",
    agent_id: "客服 {id}",
    queue: "队列",
    recording: "打开录音",
    passed: "合格",
    failed: "不合格",
    unscored: "无分数",
    auto: "自动",
    review: "复核",
    back: "全部会话",
    previous: "上一个会话",
    next: "下一个会话",

    met: "达到",
    not_met: "未达到",
    not_applicable: "不适用",
    abstained: "无法判定",
    not_evaluated: "未评估",

    triage_auto: "由机器直接给出：每一项判断都足够确定。",
    triage_review: "需要人工复核，因为：",
    low_confidence: "对“{what}”的判断不够确定",
    fatal: "命中致命项：{what}",
    unsure_roles: "无法确定哪一方是客服、哪一方是客户",
    unsure_recognition: "语音识别结果过于不确定",
    one_sided: "只有客服一方的声音",
    escalation: "客户有升级投诉的表示",
    not_evaluated_reason: "有内容无法评估",
    random_sample: "随机抽中，用于持续抽检自动评分",
    short_low_confidence: "不确定：{what}",
    short_fatal: "致命项：{what}",
    short_unsure_roles: "角色不明",
    short_unsure_recognition: "识别不清",
    short_one_sided: "只有一方",
    short_escalation: "升级投诉",
    short_not_evaluated: "未评估",
    short_random_sample: "随机抽检",
    rude: "态度恶劣",
    blame: "指责客户",
    brush_off: "推诿敷衍",
    overpromise: "违规承诺",
    privacy: "隐私泄露",
    off_platform: "私下交易",
    misleading: "误导",

    criteria: "评分项",
    probability: "达到的概率",
    applicability: "适用于本次会话的概率",
    applies: "适用 {share}",
    points: "{points} / {max} 分",
    no_points: "不计分",
    evidence: "依据",
    turn_n: "第 {n} 句",
    evidence_at: "依据 {n} / {total}：{name}，{state}",
    no_evidence: "这个会话没有可以逐条查看的依据。",

    transcript: "对话内容",
    agent: "客服",
    customer: "客户",
    bot: "机器人",
    system: "系统",
    unknown: "未知说话人",
    silence: "静默 {seconds}",
    interrupts: "抢话，重叠 {seconds}",
    dropped: "略去的语音 {from}–{to}：{reason}",
    dropped_repetition: "识别结果自我重复",
    dropped_stock_phrase: "无人说过的套话",
    dropped_silence: "无人说话处的文字",
    dropped_low_probability: "概率过低",
    dropped_too_fast: "快过任何人的语速",
    unsure_word: "识别概率较低",
    redacted: "个人信息，已遮盖",
    "emotion-2": "愤怒",
    "emotion-1": "不满",
    emotion1: "满意",
    escalates: "表示要升级投诉",
    no_turns: "这个会话没有文字。",
    show_rest: "显示其余 {count} 个字符",
    remarks: "读取说明",

    facts: "时间与结果",
    timing: "时间",
    duration: "时长",
    answer_delay: "接听等待",
    first_response: "首次响应",
    mean_response: "平均响应",
    longest_response: "最长响应",
    longest_silence: "最长静默",
    total_silence: "静默合计",
    interruptions: "客服抢话",
    speech_rate: "客服语速",
    words_a_minute: "{rate} 词/分",
    characters_a_minute: "{rate} 字/分",
    talk_ratio: "客服说话占比",
    hearing: "语音识别",
    model: "模型",
    intelligibility: "可信语音",
    voice_confidence: "声道区分",
    role_confidence: "角色区分",
    outcome: "会话结果",
    outcome_hint: "预计的人工评分（−2 到 2）",
    A: "任务完成",
    S: "客户满意",
    E: "沟通效率",
    level_share: "{level}：{share}",
    mean: "均值 {mean}",

    problems: "被略过的输入",
    problems_hint: "这些输入被略过，其余照常完成。",
    file: "输入",
    place: "位置",
    problem: "问题",
    remedy: "处理办法",
    whole: "整体",

    seconds: "{n} 秒",
    minutes: "{m} 分 {s} 秒",
    privacy_note: "文字已脱敏。本页是单个文件，不向任何地方发送数据。",
  },
};

let language = "en";

/** Set the language of every text that is made from now on, to the nearest one there is. */
export function setLanguage(tag) {
  language = tag.toLowerCase().startsWith("zh") ? "zh" : "en";
}

export function currentLanguage() {
  return language;
}

/** Give the text called `key`, its `{places}` filled. A key that nobody translated is shown itself. */
export function t(key, values = {}) {
  const text = STRINGS[language][key];
  return text === undefined ? key : text.replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
}

/** Whether `key` has a text. */
export function known(key) {
  return Object.hasOwn(STRINGS[language], key);
}

/** Give a probability in per cent; what is not certain never reads as 0 % or 100 %. */
export function percent(probability) {
  const rounded = Math.round(probability * 100);
  if (rounded === 100 && probability < 1) return "> 99 %";
  if (rounded === 0 && probability > 0) return "< 1 %";
  return `${rounded} %`;
}

/** Give a number with at most one decimal. */
export function decimal(number) {
  const rounded = Math.round(number * 10) / 10 || 0; // no negative nought
  return new Intl.NumberFormat(language, { maximumFractionDigits: 1 }).format(rounded);
}

/** Give a span of time in words. */
export function span(seconds) {
  if (Math.abs(seconds) < 60) return t("seconds", { n: decimal(seconds) });
  const whole = Math.round(seconds);
  return t("minutes", { m: decimal(Math.trunc(whole / 60)), s: whole % 60 });
}

/** Give a point in a recording, as players show it. */
export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (n) => String(n).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** Give a date and time of day as clocks showed it where it was noted, whatever the reader's own time zone. */
export function moment(iso) {
  const format = { dateStyle: "long", timeStyle: "short", timeZone: "UTC" };
  const wall = new Date(`${iso.slice(0, 19)}Z`);
  return new Intl.DateTimeFormat(locale(), format).format(wall);
}

/** Give a moment as the reader's own clock shows it, in a form that `Intl` knows. */
export function local(iso, format = { dateStyle: "long", timeStyle: "short" }) {
  return new Intl.DateTimeFormat(locale(), format).format(new Date(iso));
}

function locale() {
  return language === "zh" ? "zh-CN" : "en-GB";
}
