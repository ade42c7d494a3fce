"""Turn labels: what a turn does, by the codebook, and how people would judge the conversation."""

from typing import Final

from models import transformer
from models.interfaces import TurnClassifier
from models.store import artifact
from models.turns.classifier import BlendedTurnClassifier
from models.turns.weights import read

DEFAULT: Final = "turns-1"


def load(name: str = DEFAULT) -> TurnClassifier:
    """Load the classifier called ``name``, of whichever family; the shipped one reads Mandarin and English.

    Raises:
        models.store.ModelError: no such weights, damaged ones, or ones of another format.
    """
    folder = artifact(name)
    if (folder / transformer.DESCRIPTION).is_file():
        return transformer.EncoderTurnClassifier(transformer.read(folder))
    return BlendedTurnClassifier(*read(folder))
