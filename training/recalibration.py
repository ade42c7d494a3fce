"""Fitting blend and threshold of installed turn labels anew; the members stay as they are."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from models.store import artifact, write_manifest
from models.turns.weights import read, save
from training.corpus import read_corpus
from training.dataset import make_dataset
from training.fit import OPTIONS
from training.predictions import fit_blends, predicted, scores_out_of_fold
from training.thresholds import choose_threshold


def recalibrate(data: Path, name: str) -> Path:
    """Calibrate the weights called ``name`` on out-of-fold scores; give their folder."""
    folder = artifact(name)
    stored, languages = read(folder)
    for language, weights in languages.items():
        dataset = make_dataset(read_corpus(data, language))
        scores = scores_out_of_fold(dataset, language, OPTIONS[language])
        blends = fit_blends(dataset, scores, np.arange(len(dataset.examples)))
        threshold = choose_threshold(predicted(dataset, scores))
        languages[language] = replace(weights, arrays=weights.arrays | blends, violation_threshold=threshold)
    save(folder, stored, languages)
    write_manifest(folder)
    return folder
