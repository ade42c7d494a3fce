"""The other family of turn classifiers: a transformer encoder, exported to ONNX and run without torch."""

from models.transformer.classifier import EncoderTurnClassifier
from models.transformer.weights import DESCRIPTION, FILES, read

__all__ = ["DESCRIPTION", "FILES", "EncoderTurnClassifier", "read"]
