"""How long what is kept, by channel."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from grader.conversation import Channel
from service.database.base import Base
from service.database.types import now, one_of


class RetentionRow(Base):
    """Days to keep what came by a channel; None keeps it until it is erased."""

    __tablename__ = "retention"

    channel: Mapped[Channel] = mapped_column(one_of(Channel), primary_key=True)
    recording_days: Mapped[int | None]
    transcript_days: Mapped[int | None]
    grade_days: Mapped[int | None]
    changed_at: Mapped[datetime] = mapped_column(default=now)
    changed_by: Mapped[str | None]
