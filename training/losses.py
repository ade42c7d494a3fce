"""The loss of a head on what is known of it."""

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from training.dataset import Known

Indices = npt.NDArray[np.int64]


def cross_entropy(scores: Tensor, known: Known, rows: Indices) -> Tensor:
    """Sum the cross-entropy of scores against shares of votes, over the rows of which something is known."""
    shares = torch.from_numpy(known.shares[rows]).to(scores.device)
    weight = torch.from_numpy(known.weight[rows]).to(scores.device)
    if shares.shape[1] == 1:
        losses = functional.binary_cross_entropy_with_logits(scores, shares, reduction="none")[:, 0]
    else:
        losses = -(shares * functional.log_softmax(scores, dim=1)).sum(dim=1)
    total: Tensor = torch.dot(losses, weight)
    return total
