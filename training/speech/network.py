"""Whisper (Radford et al. 2022) as it is trained here: windows of any length, and attention that can be looked at.

Parameters are called as in transformers, so that the weights load there (``conversion``); transformers' own module
takes windows of 30 s only.
"""

import math
from typing import Final, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

MELS: Final = 80
FRAMES: Final = 1_500
"""Positions of the encoder: 30 s at 50 a second."""

TOKENS: Final = 448
"""Positions of the decoder."""

HEAD: Final = 64
"""Width of an attention head."""

GUIDED_HEADS: Final = 2
"""Heads of the decoder's last layer that learn to look where the word is; word times are read from them."""


class Attention(nn.Module):
    """Multi-head attention; the keys have no bias."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.q_proj = nn.Linear(width, width)
        self.k_proj = nn.Linear(width, width, bias=False)
        self.v_proj = nn.Linear(width, width)
        self.out_proj = nn.Linear(width, width)

    def forward(self, asking: Tensor, asked: Tensor, *, causal: bool = False) -> tuple[Tensor, Tensor]:
        """Give the result (batch, asking, width) and the weights (batch, heads, asking, asked)."""
        queries, keys, values = (
            self._heads(projection(x))
            for projection, x in ((self.q_proj, asking), (self.k_proj, asked), (self.v_proj, asked))
        )
        scores = (queries / math.sqrt(HEAD)) @ keys.transpose(-1, -2)
        if causal:
            later = torch.ones(scores.shape[-2:], dtype=torch.bool, device=scores.device).triu(1)
            scores = scores.masked_fill(later, float("-inf"))
        weights = scores.softmax(-1)
        mixed: Tensor = self.out_proj((weights @ values).transpose(1, 2).flatten(2))
        return mixed, weights

    def _heads(self, x: Tensor) -> Tensor:
        return x.view(*x.shape[:2], -1, HEAD).transpose(1, 2)


class EncoderLayer(nn.Module):
    """Self-attention and a feed-forward part, each added to its input."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.self_attn = Attention(width)
        self.self_attn_layer_norm = nn.LayerNorm(width)
        self.fc1 = nn.Linear(width, 4 * width)
        self.fc2 = nn.Linear(4 * width, width)
        self.final_layer_norm = nn.LayerNorm(width)

    def forward(self, x: Tensor) -> Tensor:
        """Map (batch, frames, width) to the same shape."""
        normed = self.self_attn_layer_norm(x)
        x = x + self.self_attn(normed, normed)[0]
        return cast("Tensor", x + self.fc2(functional.gelu(self.fc1(self.final_layer_norm(x)))))


class DecoderLayer(EncoderLayer):
    """As the encoder's, with a look at the sound between the two parts, and none at later tokens."""

    def __init__(self, width: int) -> None:
        super().__init__(width)
        self.encoder_attn = Attention(width)
        self.encoder_attn_layer_norm = nn.LayerNorm(width)

    def decode(self, x: Tensor, sound: Tensor) -> tuple[Tensor, Tensor]:
        """Map (batch, tokens, width) to the same shape; gives the weights over the sound's frames too."""
        normed = self.self_attn_layer_norm(x)
        x = x + self.self_attn(normed, normed, causal=True)[0]
        heard, weights = self.encoder_attn(self.encoder_attn_layer_norm(x), sound)
        x = x + heard
        return x + self.fc2(functional.gelu(self.fc1(self.final_layer_norm(x)))), weights


class Encoder(nn.Module):
    """From the spectrogram to one vector each 20 ms."""

    def __init__(self, width: int, layers: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv1d(MELS, width, 3, padding=1)
        self.conv2 = nn.Conv1d(width, width, 3, stride=2, padding=1)
        self.embed_positions = nn.Embedding(FRAMES, width)
        self.embed_positions.weight.requires_grad = False
        self.embed_positions.weight.data = _sinusoids(FRAMES, width)
        self.layers = nn.ModuleList([EncoderLayer(width) for _ in range(layers)])
        self.layer_norm = nn.LayerNorm(width)

    def forward(self, features: Tensor) -> Tensor:
        """Map (batch, mels, 2 frames) to (batch, frames, width)."""
        x = functional.gelu(self.conv2(functional.gelu(self.conv1(features)))).transpose(1, 2)
        x = x + self.embed_positions.weight[: x.shape[1]]
        for layer in self.layers:
            x = layer(x)
        return cast("Tensor", self.layer_norm(x))


class Decoder(nn.Module):
    """From the tokens so far, and the sound, to the next token."""

    def __init__(self, width: int, layers: int, vocabulary: int) -> None:
        super().__init__()
        self.embed_tokens = nn.Embedding(vocabulary, width)
        self.embed_positions = nn.Embedding(TOKENS, width)
        self.layers = nn.ModuleList([DecoderLayer(width) for _ in range(layers)])
        self.layer_norm = nn.LayerNorm(width)

    def forward(self, tokens: Tensor, sound: Tensor) -> tuple[Tensor, Tensor]:
        """Give scores (batch, tokens, vocabulary) and the guided heads' weights (batch, heads, tokens, frames)."""
        x = self.embed_tokens(tokens) + self.embed_positions.weight[: tokens.shape[1]]
        weights = x
        for layer in self.layers:
            x, weights = cast("DecoderLayer", layer).decode(x, sound)
        scores = functional.linear(self.layer_norm(x), self.embed_tokens.weight)
        return scores, weights[:, :GUIDED_HEADS]


class Whisper(nn.Module):
    """The recogniser."""

    def __init__(self, *, width: int, encoder_layers: int, decoder_layers: int, vocabulary: int) -> None:
        """Start from random weights (Xavier and Kaiming: the usual smaller ones stay on a plateau for long)."""
        super().__init__()
        self.encoder = Encoder(width, encoder_layers)
        self.decoder = Decoder(width, decoder_layers, vocabulary)
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.xavier_uniform_(module.weight)
            if isinstance(module, nn.Linear | nn.Conv1d) and module.bias is not None:
                nn.init.zeros_(module.bias)
            if isinstance(module, nn.Conv1d):
                nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
        for embedding in (self.decoder.embed_tokens, self.decoder.embed_positions):
            nn.init.normal_(embedding.weight, std=0.02)

    @property
    def width(self) -> int:
        """Numbers in a vector."""
        return self.decoder.embed_tokens.embedding_dim

    def forward(self, features: Tensor, tokens: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Give token scores, the guided heads' weights, and the encoder's vectors."""
        sound = self.encoder(features)
        scores, weights = self.decoder(tokens, sound)
        return scores, weights, sound


def _sinusoids(positions: int, width: int) -> Tensor:
    """Give Whisper's fixed positions: sines, then cosines, of wavelengths from 2 pi to 20,000 pi."""
    slowing = math.log(10_000) / (width // 2 - 1)
    angles = torch.arange(positions)[:, None] * torch.exp(-slowing * torch.arange(width // 2))
    return torch.cat([angles.sin(), angles.cos()], dim=1)
