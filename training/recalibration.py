"""Fitting the blend of installed turn labels anew; the members stay as they are."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from models.store import artifact, write_manifest
from models.turns.weights import read, save
from training.corpus import read_corpus
from training.criteria_artifact import make_calibration
from training.dataset import make_dataset
from training.fit import OPTIONS
from training.predictions import fit_blends, scores_out_of_fold


def recalibrate(data: Path, name: str) -> Path:
    """Calibrate the weights called ``name`` and the criteria that rest on them, on out-of-fold scores.

    The weights are changed where they stand, the calibration of the criteria is written beside them.
    """
    folder = artifact(name)
    stored, languages = read(folder)
    datasets = {language: make_dataset(read_corpus(data, language)) for language in languages}
    for language, dataset in datasets.items():
        weights = languages[language]
        scores = scores_out_of_fold(dataset, language, OPTIONS[language])
        blends = fit_blends(dataset, scores, np.arange(len(dataset.examples)))
        languages[language] = replace(weights, arrays=weights.arrays | blends)
    save(folder, stored, languages)
    write_manifest(folder)
    make_calibration(datasets, folder.parent, turns=name)
    return folder
