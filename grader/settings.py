"""Every setting of the program, with its default; environment variables ``CALLGRADER_…`` override them."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from grader.conversation import AgentChannel, Probability


class Settings(BaseSettings):
    """How conversations are graded."""

    model_config = SettingsConfigDict(env_prefix="CALLGRADER_", frozen=True)

    turn_model: str = "turns-1"
    """Weights that label turns: a name in ``models/artifacts`` or in the models folder."""
    role_model: str = "roles-1"
    """Weights that tell the agent from the customer."""
    calibration: str = "criteria-1"
    """Calibration of the scorecards' criteria."""
    speech_model: str = "small"
    """Whisper model for recordings: a size, a hub name, a folder, or a shipped model's name."""
    speech_language: str | None = None
    """Language of recordings that do not state theirs (ISO 639-1); None detects it in each."""
    agent_channel: AgentChannel = "auto"
    """Where the agent speaks in stereo recordings that do not state it; ``auto`` decides it from what is said."""
    speech_batch_size: int = Field(default=8, gt=0)
    """Stretches of speech decoded together."""
    random_share: Probability = 0.10
    """Share of conversations reviewed although nothing speaks for it."""
    random_seed: str = ""
    """Another seed draws another random share."""
