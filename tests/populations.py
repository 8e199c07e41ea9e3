"""Sellers, their listings and scores, of which the truth is known."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Population(NamedTuple):
    """Seller, label and score (0-1) of each listing, shape (n,)."""

    groups: np.ndarray
    labels: np.ndarray
    scores: np.ndarray


def draw(rng: np.random.Generator, n_sellers: int) -> Population:
    """Draw sellers of random sizes and rates, each with a bias of scores of its own."""
    sizes = 1 + rng.geometric(0.12, n_sellers)
    rates = rng.beta(0.35, 1.4, n_sellers)
    groups = np.repeat(np.arange(n_sellers), sizes)
    labels = rng.random(len(groups)) < rates[groups]
    bias = rng.normal(0, 0.7, n_sellers)
    margins = -1.6 + 1.8 * labels + bias[groups] + rng.normal(0, 1.1, len(groups))
    return Population(groups, labels, 1 / (1 + np.exp(-margins)))
