"""Turn labels: what a turn does, by the codebook, and how people would judge the conversation."""

from typing import Final

from models.store import artifact
from models.turns.classifier import BlendedTurnClassifier
from models.turns.weights import read

DEFAULT: Final = "turns-1"


def load(name: str = DEFAULT) -> BlendedTurnClassifier:
    """Load the classifier called ``name``; the shipped one reads Mandarin and English.

    Raises:
        models.store.ModelError: no such weights, damaged ones, or ones of another format.
    """
    return BlendedTurnClassifier(*read(artifact(name)))
