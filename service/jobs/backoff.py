"""How long to wait before something is tried again."""

import random
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """Waits that double, with a random part so that what failed together does not come back together."""

    first: float = 2.0
    """Seconds before the second attempt, at most."""
    longest: float = 3600.0
    """Seconds."""

    def wait(self, attempts: int) -> timedelta:
        """Give how long to wait after so many attempts: between half of the exponential wait and all of it."""
        whole = min(self.first * 2.0 ** min(attempts - 1, 32), self.longest)
        return timedelta(seconds=whole * random.uniform(0.5, 1.0))
