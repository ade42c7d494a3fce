"""From the trainer's weights to the files that faster-whisper loads."""

import json
import tempfile
from pathlib import Path
from typing import Any, Final

from tokenizers import Tokenizer

from training.speech.network import FRAMES, GUIDED_HEADS, HEAD, MELS, TOKENS, Whisper
from training.speech.sentences import LANGUAGES
from training.speech.tokens import save, special

FEATURES: Final = {
    "feature_extractor_type": "WhisperFeatureExtractor", "processor_class": "WhisperProcessor", "feature_size": MELS,
    "sampling_rate": 16_000, "hop_length": 160, "chunk_length": 30, "n_fft": 400, "n_samples": 480_000,
    "nb_max_frames": 2 * FRAMES, "padding_side": "right", "padding_value": 0.0, "return_attention_mask": False,
}  # fmt: skip
"""``preprocessor_config.json``."""


def convert(network: Whisper, tokenizer: Tokenizer, folder: Path) -> None:
    """Write the model into ``folder`` in CTranslate2's format, 8 bits; other files there stay."""
    from ctranslate2.converters import TransformersConverter

    with tempfile.TemporaryDirectory() as scratch:
        there = Path(scratch) / "transformers"
        as_transformers(network, tokenizer).save_pretrained(there)
        save(tokenizer, there)
        (there / "preprocessor_config.json").write_text(json.dumps(FEATURES), encoding="utf-8")
        converter = TransformersConverter(
            str(there), copy_files=["tokenizer.json", "preprocessor_config.json"], load_as_float16=False
        )
        converted = Path(scratch) / "converted"
        converter.convert(str(converted), quantization="int8")
        folder.mkdir(parents=True, exist_ok=True)
        for file in converted.iterdir():
            (folder / file.name).write_bytes(file.read_bytes())


def as_transformers(network: Whisper, tokenizer: Tokenizer) -> Any:
    """Give the same model as transformers' ``WhisperForConditionalGeneration``."""
    from transformers import GenerationConfig, WhisperConfig, WhisperForConditionalGeneration

    end, start = special(tokenizer, "endoftext"), special(tokenizer, "startoftranscript")
    layers = len(network.decoder.layers)
    ends: dict[str, Any] = {
        "pad_token_id": end,
        "bos_token_id": end,
        "eos_token_id": end,
        "decoder_start_token_id": start,
    }
    model = WhisperForConditionalGeneration(
        WhisperConfig(
            vocab_size=network.decoder.embed_tokens.num_embeddings,
            num_mel_bins=MELS,
            d_model=network.width,
            encoder_layers=len(network.encoder.layers),
            decoder_layers=layers,
            encoder_attention_heads=network.width // HEAD,
            decoder_attention_heads=network.width // HEAD,
            encoder_ffn_dim=4 * network.width,
            decoder_ffn_dim=4 * network.width,
            max_source_positions=FRAMES,
            max_target_positions=TOKENS,
            suppress_tokens=None,
            begin_suppress_tokens=None,
            **ends,
        )
    )
    weights: dict[str, Any] = {f"model.{name}": value for name, value in network.state_dict().items()}
    model.load_state_dict(weights | {"proj_out.weight": network.decoder.embed_tokens.weight})
    model.generation_config = GenerationConfig(  # type: ignore[no-untyped-call]
        **ends,
        is_multilingual=True,
        lang_to_id={f"<|{language}|>": special(tokenizer, language) for language in LANGUAGES},
        task_to_id={task: special(tokenizer, task) for task in ("transcribe", "translate")},
        no_timestamps_token_id=special(tokenizer, "notimestamps"),
        suppress_tokens=[],
        begin_suppress_tokens=[end],
        alignment_heads=[[layers - 1, head] for head in range(GUIDED_HEADS)],
        max_length=TOKENS,
    )
    return model
