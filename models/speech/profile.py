"""What has to be known about a recogniser besides its weights: ``speech.json`` in the model's folder.

Models from a hub have none; the defaults suit the sizes of OpenAI's Whisper.
"""

from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from models.store import ModelError

PROFILE: Final = "speech.json"


class SpeechProfile(BaseModel):
    """How a model is run and read."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    languages: tuple[str, ...] | None = None
    """ISO 639-1 codes the model was trained on; None where the weights themselves say it."""
    beam_size: int = Field(default=5, ge=1)
    """Hypotheses followed at once; 5 is Whisper's own."""
    word_shift: float = 0.0
    """Seconds to add to the model's word times, where they come early (or, below 0, late) by a constant."""
    demonstration: bool = False
    """Whether the model is fit for samples and tests only, which then is said wherever it is used."""
    fills_band: bool = False
    """Whether the model must not hear the empty band above 4 kHz of a telephone (``band``)."""
    doubtful_below: float = Field(default=0.4, ge=0, le=1)
    """Geometric mean of word probabilities below which a stretch is not believed; Whisper's own rule rejects at
    a mean log probability of -1, which is 0.37."""


def read_profile(folder: Path) -> SpeechProfile:
    """Read the profile of the model in ``folder``; the defaults where there is none.

    Raises:
        ModelError: the profile cannot be understood.
    """
    path = folder / PROFILE
    if not path.is_file():
        return SpeechProfile()
    try:
        return SpeechProfile.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise ModelError(f"{path} cannot be understood: {error}. Correct or remove it.") from error
