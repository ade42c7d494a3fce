"""Exact intervals for a share that was counted."""


def exact_interval(hits: float, cases: int, *, confidence: float = 0.95) -> tuple[float, float]:
    """Give the two-sided interval of Clopper and Pearson ("The use of confidence or fiducial limits", 1934).

    Holds for one look at independent cases; (0, 1) without any. ``hits`` may be a sum of shares: these vary less than
    counts, so that the interval is then wider than it need be.
    """
    from scipy.special import betaincinv

    if cases == 0:
        return 0.0, 1.0
    tail = (1 - confidence) / 2
    low = 0.0 if hits <= 0 else float(betaincinv(hits, cases - hits + 1, tail))
    high = 1.0 if hits >= cases else float(betaincinv(hits + 1, cases - hits, 1 - tail))
    return low, high
