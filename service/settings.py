"""Every setting of the service, with its default; environment variables ``CALLGRADER_…`` override them."""

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from grader.settings import Settings


class ServiceSettings(BaseSettings):
    """Where the service keeps what, and how much it does at once."""

    model_config = SettingsConfigDict(env_prefix="CALLGRADER_", frozen=True)

    data: Path = Path("data")
    """The data folder: the SQLite file, the recordings, the secret. Machines that share a database share this too."""
    database: str | None = None
    """URL of the database; without it ``callgrader.db`` in the data folder."""
    recordings_key: SecretStr | None = None
    """32 bytes in base64: originals of recordings are encrypted with it. Without it they lie in the data folder as they
    came."""
    secret: SecretStr | None = None
    """Hides customers' ids and protects the secrets of webhooks; without it one is made in the data folder."""
    speech_workers: int = Field(default=1, ge=0)
    """Processes that transcribe recordings."""
    text_workers: int = Field(default=1, ge=0)
    """Processes that grade transcripts."""
    text_batch: int = Field(default=32, gt=0)
    """Transcripts graded together."""
    lease: float = Field(default=60.0, gt=0)
    """Seconds after which a job is taken from a worker that does not renew its hold."""
    longest_job: float = Field(default=6 * 3600.0, gt=0)
    """Seconds after which a hold is not renewed any more: the worker is taken to be stuck."""
    grace: float = Field(default=30.0, ge=0)
    """Seconds that a worker which is stopped has to finish what it holds; then it gives that back."""
    poll: float = Field(default=0.2, gt=0)
    """Seconds between looks for new jobs."""
    inline_turns: int = Field(default=200, ge=0)
    """Transcripts of up to so many turns are graded within the request; longer ones become jobs."""
    longest_body: int = Field(default=10 * 2**20, gt=0)
    """Bytes of a request other than a recording or a batch."""
    grading: Settings = Field(default_factory=Settings)
    """How conversations are graded."""

    @property
    def database_url(self) -> str:
        """The URL of the database, whether given or of the data folder."""
        return self.database or f"sqlite:///{self.data.absolute() / 'callgrader.db'}"
