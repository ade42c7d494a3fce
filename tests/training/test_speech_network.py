"""The recogniser's tokens, network, conversion and way back."""

from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer

from models.store import SHIPPED
from training.speech.conversion import as_transformers, convert
from training.speech.network import MELS, Whisper
from training.speech.recovery import take_over
from training.speech.tokens import SPECIAL, build, special

HANZI = "您好请说再见"


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    """A tokenizer for a handful of words."""
    return build(HANZI, ["i'm sorry the order is late", "the order is on its way"])


def _network(tokenizer: Tokenizer, **sizes: int) -> Whisper:
    torch.manual_seed(5)
    sizes = {"width": 64, "encoder_layers": 2, "decoder_layers": 2} | sizes
    return Whisper(vocabulary=tokenizer.get_vocab_size(), **sizes).eval()


@pytest.mark.parametrize(
    "text", ["您好，请说。再见？", " i'm sorry the order is late", " quite unknown words", "未知"]
)
def test_any_text_can_be_spelled(text: str, tokenizer: Tokenizer) -> None:
    """What is spelled reads the same, known or not."""
    assert tokenizer.decode(tokenizer.encode(text, add_special_tokens=False).ids) == text


def test_a_hanzi_and_a_frequent_word_are_one_token(tokenizer: Tokenizer) -> None:
    """Known hanzi, marks and words are not taken apart."""
    assert len(tokenizer.encode("您好，请说。", add_special_tokens=False).ids) == 6
    assert len(tokenizer.encode(" the order", add_special_tokens=False).ids) == 2


def test_special_tokens_stand_in_whispers_order(tokenizer: Tokenizer) -> None:
    """They follow the text in one run, and 1,501 timestamps follow them."""
    first = special(tokenizer, "endoftext")
    assert [special(tokenizer, name) for name in SPECIAL] == list(range(first, first + len(SPECIAL)))
    assert special(tokenizer, "0.00") == first + len(SPECIAL)
    assert special(tokenizer, "30.00") == special(tokenizer, "0.00") + 1500 == tokenizer.get_vocab_size() - 1
    with pytest.raises(KeyError):
        special(tokenizer, "30.02")


def test_faster_whisper_never_forbids_the_space(tokenizer: Tokenizer) -> None:
    """Of what it suppresses, nothing is the space that stands before every English word."""
    from faster_whisper.tokenizer import Tokenizer as Whispers

    forbidden = Whispers(tokenizer, multilingual=True, task="transcribe", language="en").non_speech_tokens
    space = tokenizer.encode(" ", add_special_tokens=False).ids
    assert len(space) == 1
    assert space[0] not in forbidden


def test_the_network_is_transformers_whisper(tokenizer: Tokenizer) -> None:
    """The same weights give the same scores there, within rounding."""
    network = _network(tokenizer)
    features, tokens = torch.randn(2, MELS, 3000), torch.randint(0, 200, (2, 12))
    with torch.no_grad():
        ours, _, _ = network(features, tokens)
        theirs = as_transformers(network, tokenizer).eval()(input_features=features, decoder_input_ids=tokens)
    assert (ours - theirs.logits).abs().max() < 1e-4


def test_a_token_depends_on_what_came_before_it(tokenizer: Tokenizer) -> None:
    """Another token at the end changes the scores there, and none before."""
    network = _network(tokenizer)
    features, tokens = torch.randn(1, MELS, 200), torch.randint(0, 200, (1, 8))
    other = torch.cat([tokens[:, :-1], tokens[:, -1:] + 1], dim=1)
    with torch.no_grad():
        (one, weights, _), (two, _, _) = network(features, tokens), network(features, other)
    assert torch.equal(one[:, :-1], two[:, :-1])
    assert not torch.equal(one[:, -1], two[:, -1])
    assert torch.allclose(weights.sum(-1), torch.ones(()), atol=1e-5)


def test_weights_come_back_from_the_converted_model(tokenizer: Tokenizer, tmp_path: Path) -> None:
    """What was rounded to 8 bits comes back within half a step, the rest as it was; another layer changes nothing."""
    network, deeper = _network(tokenizer), _network(tokenizer, encoder_layers=3)
    convert(network, tokenizer, tmp_path)
    take_over(deeper, tokenizer, tmp_path)
    found = deeper.state_dict()
    for name, values in network.state_dict().items():
        steps = values.flatten(1).abs().amax(1) / 127 if values.ndim > 1 else torch.zeros(len(values))
        off = (found[name] - values).flatten(1).abs().amax(1) if values.ndim > 1 else found[name] - values
        assert (off <= 0.51 * steps + 1e-6).all(), name
    vectors = torch.randn(1, 7, 64)
    assert torch.equal(deeper.encoder.layers[2](vectors), vectors)


def test_tokens_are_taken_over_by_what_they_spell(tmp_path: Path) -> None:
    """A hanzi keeps its vector where it has another number now."""
    shipped = SHIPPED / "micro-whisper"
    tokenizer = build(HANZI, [])
    network = Whisper(width=192, encoder_layers=3, decoder_layers=2, vocabulary=tokenizer.get_vocab_size())
    take_over(network, tokenizer, shipped)
    earlier = Tokenizer.from_file(str(shipped / "tokenizer.json"))
    full = Whisper(width=192, encoder_layers=3, decoder_layers=2, vocabulary=earlier.get_vocab_size())
    take_over(full, earlier, shipped)
    now, then = (t.encode("好", add_special_tokens=False).ids for t in (tokenizer, earlier))
    assert now != then
    assert torch.equal(network.decoder.embed_tokens.weight[now], full.decoder.embed_tokens.weight[then])


def test_a_model_of_another_width_is_refused(tokenizer: Tokenizer) -> None:
    """The message says both widths."""
    with pytest.raises(ValueError, match=r"192 numbers, not of 64"):
        take_over(_network(tokenizer), tokenizer, SHIPPED / "micro-whisper")


def test_faster_whisper_runs_what_was_converted(tokenizer: Tokenizer, tmp_path: Path) -> None:
    """Both languages are there, and words get times."""
    import numpy as np
    from faster_whisper import WhisperModel

    convert(_network(tokenizer), tokenizer, tmp_path)
    model = WhisperModel(str(tmp_path), device="cpu", compute_type="int8", cpu_threads=1)
    assert model.model.is_multilingual
    noise = np.random.default_rng(0).standard_normal(32_000).astype(np.float32) / 10
    segments, about = model.transcribe(
        noise, language="zh", temperature=0, word_timestamps=True, without_timestamps=True, max_new_tokens=9
    )
    assert all(word.end >= word.start for segment in segments for word in segment.words or ())
    assert about.language == "zh"
    assert {language for language, _ in model.detect_language(audio=noise)[2]} == {"en", "zh"}
