"""Which files beside a recording belong to it: the same name with the suffix of a sidecar or a transcript."""

from collections import defaultdict
from pathlib import Path
from typing import Final

from grader.reading.content import RECORDING_SUFFIXES

COMPANIONS: Final = (".json", ".vtt", ".srt", ".txt")


class Neighbours:
    """Looks up files of the same name; keeps the listing of the folder that was asked about last."""

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._by_stem: dict[str, list[Path]] = {}

    def companions(self, recording: Path) -> list[Path]:
        """Give the sidecar and the transcripts beside a recording, sidecar first."""
        beside = [path for path in self._same_name(recording) if path.suffix.lower() in COMPANIONS]
        return sorted(beside, key=lambda path: COMPANIONS.index(path.suffix.lower()))

    def recording(self, companion: Path) -> Path | None:
        """Give the recording that a file stands beside; None where there is none, or the file can be no companion."""
        if companion.suffix.lower() not in COMPANIONS:
            return None
        beside = self._same_name(companion)
        return next((path for path in beside if path.suffix.lower() in RECORDING_SUFFIXES), None)

    def _same_name(self, path: Path) -> list[Path]:
        if path.parent != self._folder:
            self._folder, self._by_stem = path.parent, defaultdict(list)
            try:
                beside = sorted(path.parent.iterdir())
            except (OSError, ValueError):
                beside = []
            for other in beside:
                self._by_stem[other.stem].append(other)
        return self._by_stem.get(path.stem, [])
