"""Every setting of the service, with its default; environment variables ``CALLGRADER_…`` override them."""

from datetime import timedelta
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, IPvAnyNetwork, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from grader.settings import Settings
from service.roles import PersonRole


class Oidc(BaseModel):
    """An identity provider (OpenID Connect Core 1.0), and what its claims mean here."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    issuer: str
    """Its address; the rest is read from ``/.well-known/openid-configuration`` below it."""
    client_id: str
    client_secret: SecretStr
    role_claim: str = "groups"
    """The claim that names a person's groups."""
    roles: dict[str, PersonRole] = Field(default_factory=dict)
    """PersonRole by group; of several the one with the most rights. Whoever is in none of them does not come in."""
    team_claim: str | None = "teams"
    """The claim that names a person's teams; null where administrators set them here."""
    agent_claim: str | None = "agent_id"
    """The claim that names an agent as conversations do; null where administrators set it here."""


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
    body_patience: float = Field(default=30.0, gt=0)
    """Seconds for which a body may stand still; then the request is refused."""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    largest_recording: int = Field(default=2 * 2**30, gt=0)
    """Bytes of a recording: two hours of stereo CD sound have 1.3 GB, of a telephone call 230 MB."""
    recording_hosts: tuple[str, ...] = ()
    """Hosts that recordings may be fetched from, such as ``["calls.example", "*.media.example"]``; none by default."""
    fetch_time: float = Field(default=240.0, gt=0, le=280)
    """Seconds that fetching a recording may take; after five minutes a repetition of the request is done anew."""
    largest_batch: int = Field(default=512 * 2**20, gt=0)
    """Bytes of a batch, unpacked."""
    longest_batch: int = Field(default=20_000, gt=0)
    """Conversations of a batch: a minute's redacting, for which the sender waits."""
    plain_hosts: tuple[str, ...] = ()
    """Hosts that recordings may be fetched from, and webhooks sent to, by http as well as by https."""
    private_networks: tuple[IPvAnyNetwork, ...] = ()
    """Networks that may be called for recordings and webhooks though they are not public: ``["10.20.0.0/16"]``."""
    webhook_senders: int = Field(default=1, ge=0)
    """Processes that send webhooks."""
    webhook_timeout: float = Field(default=15.0, gt=0)
    """Seconds that a subscriber has to answer."""
    webhook_overlap: timedelta = timedelta(days=1)
    """For how long a webhook's secret that was replaced goes on signing, beside the new one."""
    webhook_patience: timedelta = timedelta(days=3)
    """A webhook is switched off when a delivery is given up and no other has arrived for so long."""
    public_url: str | None = None
    """Address under which people reach the service, where a proxy stands before it: ``https://grader.example``."""
    trusted_proxies: str = "127.0.0.1"
    """Addresses, separated by commas, whose word is taken for where a request comes from."""
    session_lasts: timedelta = timedelta(hours=12)
    """A login ends after this time."""
    session_idle: timedelta = timedelta(hours=2)
    """A login ends when nothing was asked for so long."""
    oidc: Oidc | None = None
    """The identity provider, where people log in through one (``CALLGRADER_OIDC``, as JSON)."""
    review_claim: timedelta = timedelta(minutes=15)
    """How long a reviewer holds an item of the queue, unless the claim is renewed."""
    appeal_days: int = Field(default=30, ge=1)
    """Days after a grade, or after the last review of it, in which it may be appealed against."""
    grading: Settings = Field(default_factory=Settings)
    """How conversations are graded."""

    @property
    def database_url(self) -> str:
        """The URL of the database, whether given or of the data folder."""
        return self.database or f"sqlite:///{self.data.absolute() / 'callgrader.db'}"
