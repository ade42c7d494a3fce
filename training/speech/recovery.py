"""Weights of a converted model, back from 8 bits, so that training can go on from what an earlier model knows."""

import struct
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np
import numpy.typing as npt
import torch
from tokenizers import Tokenizer

from training.speech.network import Whisper

Weights = dict[str, npt.NDArray[np.float32]]

_NUMBERS: Final = (np.float32, np.int8, np.int16, np.int32, np.float16)
"""Of CTranslate2's binary format, by their number there."""

_NORM: Final = {"gamma": "weight", "beta": "bias"}


def take_over(network: Whisper, tokenizer: Tokenizer, folder: Path) -> None:
    """Put the weights of the CTranslate2 model in ``folder`` into ``network``, as far as they fit.

    Tokens are matched by what they spell. A layer that the earlier model lacks passes on what it is given until it
    has learnt something.

    Raises:
        ValueError: the model's vectors are of another width.
    """
    found = read(folder / "model.bin")
    width = found["decoder/layer_norm/gamma"].size
    if width != network.width:
        raise ValueError(f"{folder} holds vectors of {width} numbers, not of {network.width}.")
    with torch.no_grad():
        for side, layers in (("encoder", network.encoder.layers), ("decoder", network.decoder.layers)):
            part: Any = getattr(network, side)
            _set_norm(part.layer_norm, found, f"{side}/layer_norm")
            for index, layer in enumerate(layers):
                if f"{side}/layer_{index}/ffn/linear_0/weight" in found:
                    _set_layer(layer, found, f"{side}/layer_{index}")
                else:
                    _pass_on(layer)
        for convolution in ("conv1", "conv2"):
            _set(getattr(network.encoder, convolution), found, f"encoder/{convolution}")
        network.decoder.embed_positions.weight.copy_(_tensor(found["decoder/position_encodings/encodings"]))
        _set_tokens(network, tokenizer, found["decoder/embeddings/weight"], folder)


def read(path: Path) -> Weights:
    """Read a ``model.bin`` of CTranslate2 (binary version 6); 8-bit rows are multiplied out."""
    with path.open("rb") as file:
        _number(file, "I")
        _string(file)
        _number(file, "I")
        stored: dict[str, npt.NDArray[Any]] = {}
        for _ in range(_number(file, "I")):
            name = _string(file)
            shape = [_number(file, "I") for _ in range(_number(file, "B"))]
            kind = _NUMBERS[_number(file, "B")]
            stored[name] = np.frombuffer(file.read(_number(file, "I")), kind).reshape(shape)
        for _ in range(_number(file, "I")):
            name, same = _string(file), _string(file)
            stored[name] = stored[same]
            if f"{same}_scale" in stored:
                stored[f"{name}_scale"] = stored[f"{same}_scale"]
    return {name: _multiplied_out(values, stored.get(f"{name}_scale")) for name, values in stored.items()}


def _multiplied_out(values: npt.NDArray[Any], scale: npt.NDArray[Any] | None) -> npt.NDArray[np.float32]:
    numbers = values.astype(np.float32)
    return numbers if scale is None else numbers / scale.reshape(-1, *[1] * (values.ndim - 1))


def _number(file: BinaryIO, kind: str) -> int:
    return int(struct.unpack(kind, file.read(struct.calcsize(kind)))[0])


def _string(file: BinaryIO) -> str:
    return file.read(_number(file, "H"))[:-1].decode()


def _tensor(values: npt.NDArray[np.float32]) -> torch.Tensor:
    return torch.from_numpy(values)


def _set(module: Any, found: Weights, name: str, rows: slice = slice(None)) -> None:
    """Set a linear map or convolution from (some rows of) a stored one."""
    module.weight.copy_(_tensor(found[f"{name}/weight"][rows]))
    if module.bias is not None:
        module.bias.copy_(_tensor(found[f"{name}/bias"][rows]))


def _set_norm(module: Any, found: Weights, name: str) -> None:
    for stored, ours in _NORM.items():
        getattr(module, ours).copy_(_tensor(found[f"{name}/{stored}"]))


def _set_layer(layer: Any, found: Weights, name: str) -> None:
    width = layer.fc2.out_features
    first, second, third = (slice(part * width, (part + 1) * width) for part in range(3))
    _set_norm(layer.self_attn_layer_norm, found, f"{name}/self_attention/layer_norm")
    for map_, rows in (("q_proj", first), ("k_proj", second), ("v_proj", third)):
        _set(getattr(layer.self_attn, map_), found, f"{name}/self_attention/linear_0", rows)
    _set(layer.self_attn.out_proj, found, f"{name}/self_attention/linear_1")
    _set_norm(layer.final_layer_norm, found, f"{name}/ffn/layer_norm")
    _set(layer.fc1, found, f"{name}/ffn/linear_0")
    _set(layer.fc2, found, f"{name}/ffn/linear_1")
    if hasattr(layer, "encoder_attn"):
        _set_norm(layer.encoder_attn_layer_norm, found, f"{name}/attention/layer_norm")
        _set(layer.encoder_attn.q_proj, found, f"{name}/attention/linear_0")
        _set(layer.encoder_attn.k_proj, found, f"{name}/attention/linear_1", first)
        _set(layer.encoder_attn.v_proj, found, f"{name}/attention/linear_1", second)
        _set(layer.encoder_attn.out_proj, found, f"{name}/attention/linear_2")


def _pass_on(layer: Any) -> None:
    for module in (layer.self_attn.out_proj, layer.fc2):
        module.weight.zero_()
        module.bias.zero_()


def _set_tokens(network: Whisper, tokenizer: Tokenizer, rows: npt.NDArray[np.float32], folder: Path) -> None:
    old = Tokenizer.from_file(str(folder / "tokenizer.json")).get_vocab()
    for token, index in tokenizer.get_vocab().items():
        if token in old:
            network.decoder.embed_tokens.weight[index] = _tensor(rows[old[token]])
