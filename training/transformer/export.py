"""The torch model as ONNX, checked against itself."""

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import torch

from models.store import ModelError
from models.transformer import EncoderTurnClassifier
from models.transformer.tokens import Tokens
from training.transformer.model import TurnEncoder

TOLERANCE: Final = 1e-4

_AXES: Final = {
    "ids": {0: "turns", 1: "tokens"},
    "mask": {0: "turns", 1: "tokens"},
    "places": {0: "conversations", 1: "steps"},
    "labels": {0: "turns"},
    "outcome": {0: "conversations"},
}


def export(model: TurnEncoder, path: Path, examples: Sequence[Tokens]) -> None:
    """Write a model as an ONNX graph of 32-bit floats whose batch and lengths are free."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the exporter, about constants of the encoder's own code
        torch.onnx.export(
            model,
            _given(examples[-1]),
            str(path),
            input_names=["ids", "mask", "places"],
            output_names=["labels", "outcome"],
            dynamic_axes=_AXES,
            opset_version=17,
            dynamo=False,
        )


@torch.no_grad()
def check_equal(model: TurnEncoder, classifier: EncoderTurnClassifier, batches: Sequence[Tokens]) -> None:
    """Check that onnxruntime gives what torch gives.

    Raises:
        ModelError: some score differs by more than ``TOLERANCE``.
    """
    for tokens in batches:
        wanted, given = model(*_given(tokens)), classifier.run(tokens)
        differences = [float(np.abs(a.numpy() - b).max()) for a, b in zip(wanted, given, strict=True)]
        if max(differences) > TOLERANCE:
            raise ModelError(
                f"The exported encoder differs from the fitted one by {max(differences):.2g}. Nothing was installed; "
                "try another encoder."
            )


def _given(tokens: Tokens) -> tuple[torch.Tensor, ...]:
    return tuple(torch.from_numpy(array) for array in (tokens.ids, tokens.mask, tokens.places))
