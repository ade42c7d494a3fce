"""The model card: what the weights are, from what, how good, and where they end."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Final

from training.evaluation import ROUNDS, Figure

_HEAD: Final = """# {name}

{about}

## Data and licence

{data}

## Figures

{measured}

| figure | value | 95 % interval | cases | baseline |
|---|---|---|---|---|
{rows}

## Limits

{limits}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What a card says in words."""

    about: str
    data: str
    measured: str
    """How the figures came about, and what their names mean."""
    limits: str


_MEASURES: Final = f"""95 % bootstrap intervals over conversations ({ROUNDS} rounds). `stc3`: real customer-helpdesk conversations;
`first`: the 1,500 of them whose labels the data folder settled by two readings; `written`: invented calls and chats; `own`: those
written for this project. Kappa is Cohen's, unweighted; AP average precision; ECE expected calibration error
(10 bins); NMD, RSNOD, RNSS after Sakai 2018, lower is better. The baselines were measured on other, held-out
conversations: compare with care. Beside an ECE stands what it would be by chance if the probabilities were right."""

_TURNS_ABOUT: Final = """Labels agents' and customers' turns by the codebook (`docs/codebook.md`), gives the nugget distribution of every
turn and the outcome distributions A, S, E of the conversation, in Mandarin and English. Reads redacted, folded text.
Per language: three small recurrent networks over the turns, two that know a turn by its hashed n-grams, one that reads its
characters (words) by convolutions, all beside patterns for what the codebook speaks of and a lexicon of what words mean in
customer service; blended by a logistic regression a head that was fitted out of fold and calibrates the result. Whether the
customer brings a problem (`problem`) is told by a logistic regression over patterns, lexicon and labels of the customer's turns
alone. Linear heads say which words speak for a label and decide nothing. Runs on numpy, scipy and hyperscan. The vocabulary is
kept as hashes: no phrase of the texts is in the files.

Made by `grader train --data FOLDER` on a CPU; no GPU and no pretrained weights were used. The other family, a transformer
encoder (`grader train --encoder`), is compared with this one on the same folds in `docs/training.md`."""

_TURNS_MEASURED: Final = f"""Out of fold: 5 folds grouped by conversation (a conversation and its translation are one; of invented
ones, all of an industry of the same name), calibration fitted on the other folds, {_MEASURES}"""

ENCODER_MEASURED: Final = f"""On two of five folds that the encoder did not learn from (folds are grouped by conversation; a
conversation and its translation are one): the calibration is fitted on one and measured on the other, {_MEASURES}"""

_TURNS_DATA: Final = """- STC-3 (NTCIR-14), training part: 3,700 Mandarin conversations and 1,672 English translations, 19 human votes for
  every nugget and outcome. Annotations CC BY 4.0. The text carries no licence of its own and its successor (DCH-2)
  allows non-commercial research only: **treat weights fitted on it as for research**.
- Codebook labels on all 3,700 of the Mandarin conversations: on 1,500 those of the data folder (`first` in the figures),
  settled by two readings; on 2,200 those of the data folder or of the project after a second, blind reading and an arbiter
  (`training/corpora/README.md`, with the agreement of the readings). All model-assisted, by annotators who follow one codebook
  and share habits; people would agree less. The same labels serve the English translations, `courtesy` excepted.
- Whether the customer brings a problem: read once for each of the 3,700 Mandarin conversations, by one of eight readers, who agree with
  kappa .955 on 40 that all of them read; model-assisted. The same flags serve the translations. Of written conversations the
  authors' own.
- Patterns and lexicon (`models/turns/*.tsv`): written from the codebook and from knowledge of the language. The words were
  chosen among those of the training texts, without their labels, and beyond them; the patterns' authors saw errors of earlier
  weights on the first two folds, and which patterns stayed was decided on the first three: `docs/training.md` gives the
  agreement on the other two beside. Those who wrote the patterns for violations had read invented texts of all folds, those
  of the data folder among them: figures on violations are the better for it, and only texts that nobody saw can say by how much.
- Written conversations and single turns (`written` of the data folder, `training/corpora`): invented, written and
  labelled with model assistance by one author a text, no second reading; free to use."""

_TURNS_LIMITS: Final = """- Violations are nearly absent from the real conversations: their figures rest on invented texts, and the rate of
  false hits on the real ones.
- Labels of the codebook look at the turn and what came before; a promise broken later is not seen.
- Conversations in other languages are read as Mandarin and mean nothing; the pipeline does not grade them.
- Sarcasm, and violations that show only against facts outside the turn (`misleading` above all), are missed often.
- The Mandarin is that of 2013 to 2016 microblogs, telecom and electronics above all, plus invented calls and chats."""

_ROLES_ABOUT: Final = """Tells agents' turns from customers' by their words alone: logistic regression over hashed n-grams, Mandarin and
English in one vocabulary. Made by `grader train --data FOLDER` on a CPU."""

_ROLES_DATA: Final = """The speakers of all texts that the turn labels are fitted on, each turn once as written and once without
punctuation. STC-3's text is for research only: treat the weights likewise. No phrase of the text is in the files."""

_ROLES_LIMITS: Final = """- One turn says little: `mhm` is anybody's. Decide a voice by several turns, as `grader.roles` does.
- Real English calls were not seen."""

_ROLES_MEASURED: Final = f"""Out of fold: 5 folds grouped by conversation, a conversation and its translation in one; nothing is
calibrated. 95 % bootstrap intervals over conversations ({ROUNDS} rounds). `stc3`: real customer-helpdesk conversations; `written`:
all invented ones. ECE is the expected calibration error of the probability that a turn is the agent's (10 bins)."""

TURNS: Final = Words(about=_TURNS_ABOUT, data=_TURNS_DATA, measured=_TURNS_MEASURED, limits=_TURNS_LIMITS)
ROLES: Final = Words(about=_ROLES_ABOUT, data=_ROLES_DATA, measured=_ROLES_MEASURED, limits=_ROLES_LIMITS)


def card(name: str, words: Words, figures: Sequence[Figure], *, extra: str = "") -> str:
    """Write a card in Markdown."""
    rows = "\n".join(_row(figure) for figure in figures)
    text = _HEAD.format(name=name, rows=rows, **asdict(words))
    return text + (f"\n{extra}\n" if extra else "")


def flips(rates: Mapping[str, Mapping[str, tuple[float, int]]]) -> str:
    """Write the flip rates by language and way of rewording as a section."""
    rows = "\n".join(
        f"| {language} | {way} | {rate:.2%} | {count} |"
        for language, ways in rates.items()
        for way, (rate, count) in ways.items()
    )
    return (
        "## Rewording\n\nShare of labels that flip when the sentence says the same in another way, on all written and as many "
        f"real conversations (the weights know them):\n\n| | | flips | labels |\n|---|---|---|---|\n{rows}"
    )


def _row(figure: Figure) -> str:
    baseline = "" if figure.baseline is None else f"{figure.baseline:.4g}"
    interval = f"{figure.low:.4f} to {figure.high:.4f}"
    return f"| {figure.name} | {figure.value:.4f} | {interval} | {figure.cases} | {baseline} |"
