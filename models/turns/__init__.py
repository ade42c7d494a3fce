"""Turn labels: what a turn does, by the codebook, and how people would judge the conversation."""

from typing import Final

from models import transformer
from models.interfaces import TurnClassifier
from models.store import artifact, require
from models.turns.classifier import BlendedTurnClassifier
from models.turns.weights import DESCRIPTION, read

DEFAULT: Final = "turns-1"


def load(name: str = DEFAULT) -> TurnClassifier:
    """Load the classifier called ``name``, of whichever family; the shipped one reads Mandarin and English.

    Raises:
        models.store.ModelError: no such weights, damaged ones, or ones of another format.
    """
    folder = artifact(name)
    if (folder / transformer.DESCRIPTION).is_file():
        require(folder, *transformer.FILES)
        return transformer.EncoderTurnClassifier(transformer.read(folder))
    require(folder, DESCRIPTION, *(path.name for path in folder.glob("*.safetensors")))
    return BlendedTurnClassifier(*read(folder))
