"""From a model's name to its files, verified.

Weights are folders. Shipped ones stand in ``models/artifacts``; installed ones in the user's models folder, which is
looked at first. Every folder carries a ``manifest.json`` with the SHA-256 of each file, so that a truncated download
or a changed byte is found before it grades anybody.
"""

import hashlib
import json
import os
import re
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

SHIPPED = Path(__file__).parent / "artifacts"
MANIFEST = "manifest.json"

SPEECH_FILES: Final = ("model.bin", "config.json", "tokenizer.json")
"""What faster-whisper cannot do without, besides a vocabulary."""

SPEECH_PATTERNS: Final = (*SPEECH_FILES, "vocabulary.*", "preprocessor_config.json")
"""The files of a model on the hub that are fetched; ``preprocessor_config.json`` is missing for 80 mel bands."""

WHISPER_SIZES: Final = {
    "tiny": ("Systran/faster-whisper-tiny", 78),
    "tiny.en": ("Systran/faster-whisper-tiny.en", 78),
    "base": ("Systran/faster-whisper-base", 148),
    "base.en": ("Systran/faster-whisper-base.en", 148),
    "small": ("Systran/faster-whisper-small", 486),
    "small.en": ("Systran/faster-whisper-small.en", 486),
    "medium": ("Systran/faster-whisper-medium", 1530),
    "medium.en": ("Systran/faster-whisper-medium.en", 1530),
    "large-v2": ("Systran/faster-whisper-large-v2", 3090),
    "large-v3": ("Systran/faster-whisper-large-v3", 3090),
    "large-v3-turbo": ("mobiuslabsgmbh/faster-whisper-large-v3-turbo", 1620),
    "distil-large-v3": ("Systran/faster-distil-whisper-large-v3", 1520),
}
"""Where each size lies on the hub, and the megabytes of its download, about."""

_PATIENCE: Final = 10.0
"""Seconds in which the hub must answer at all; the download then takes the time it takes."""

_RETRY: Final = 300.0
"""Seconds for which a hub that failed is not asked for the model again: a run would wait for it at every recording."""

_failed: Final[dict[str, tuple[float, str]]] = {}
"""When the hub failed to give a model, by name, and what was said of it."""

DIARIZATION: Final = "pyannote--speaker-diarization-community-1"
"""The folder of the pipeline that tells voices on one channel apart; it is never fetched."""

DIARIZATION_FILES: Final = (
    "config.yaml",
    "segmentation/pytorch_model.bin",
    "embedding/pytorch_model.bin",
    "plda/plda.npz",
    "plda/xvec_transform.npz",
)


class ModelError(Exception):
    """Weights that cannot be used; the message says which files and what to do."""


def models_folder() -> Path:
    """Where weights that do not ship with the program are kept: ``CALLGRADER_MODELS`` or the user's cache."""
    given = os.environ.get("CALLGRADER_MODELS")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Path(given) if given else cache / "callgrader" / "models"


def artifact(name: str) -> Path:
    """Give the folder of the weights called ``name``, its files verified.

    Raises:
        ModelError: no such weights, or a file differs from the manifest.
    """
    for folder in (models_folder() / name, SHIPPED / name):
        if (folder / MANIFEST).is_file():
            _verify(folder)
            return folder
    places = f"{models_folder() / name} or {SHIPPED / name}"
    raise ModelError(
        f"There are no weights called {name!r}. Put their folder, with its {MANIFEST}, into {places}."
    )


def require(folder: Path, *names: str) -> None:
    """Check that the manifest of the weights in ``folder`` lists the files called ``names``, so that none is read unverified.

    Raises:
        ModelError: one is not listed, or the manifest is damaged.
    """
    listed = _hashes(folder)
    missing = [name for name in names if name not in listed]
    if missing:
        raise ModelError(
            f"{folder / MANIFEST} does not list {' and '.join(missing)}: the folder is not whole, or holds something "
            f"else than what is wanted. Copy or download the folder {folder.name} again, or name another."
        )


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Turn what a damaged file raises while it is read into a ``ModelError``; ``path`` is the file or its folder."""
    from safetensors import SafetensorError

    try:
        yield
    except (OSError, ValueError, LookupError, TypeError, AttributeError, SafetensorError) as error:
        raise ModelError(
            f"{path} cannot be read ({type(error).__name__}): it is damaged, or holds something else than what is wanted. "
            "Copy or download it again, or name another."
        ) from error


def speech_model(name: str) -> Path:
    """Give the folder of a speech model, its files complete; fetch it from the hub once where it is not installed.

    Args:
        name: a shipped model's name, a folder, a Whisper size, or a hub name (``owner/model``).

    Raises:
        ModelError: no such model, a file is missing or damaged, or the hub cannot be reached.
    """
    installed = models_folder() / name.replace("/", "--")
    is_name = re.fullmatch(r"[\w.-]*\w[\w.-]*(/[\w.-]*\w[\w.-]*)?", name) is not None
    places = [installed, SHIPPED / name] if is_name else []
    for folder in (*places, Path(name).expanduser()):
        if name and folder.is_dir():
            _check_speech(folder)
            return folder
    if name not in WHISPER_SIZES and not (is_name and "/" in name):
        raise ModelError(
            f"There is no speech model {name!r}. Name a shipped one ({', '.join(_shipped_speech())}), a Whisper size "
            f"({', '.join(WHISPER_SIZES)}), a name on the hub (owner/model), or a folder with a CTranslate2 model."
        )
    failed_at, reason = _failed.get(name, (0.0, None))
    if reason and time.monotonic() - failed_at < _RETRY:
        raise ModelError(reason)
    return _fetch(name, installed)


def diarization_model() -> Path | None:
    """Give the folder of pyannote's pipeline, its files complete; None where it is not installed.

    Raises:
        ModelError: a file is missing or damaged.
    """
    folder = models_folder() / DIARIZATION
    if not folder.is_dir():
        return None
    missing = [name for name in DIARIZATION_FILES if not (folder / name).is_file()]
    if missing:
        raise ModelError(
            f"The diarization pipeline in {folder} is not complete: {' and '.join(missing)} is missing. "
            "Copy the whole pipeline into that folder, or remove the folder."
        )
    if (folder / MANIFEST).is_file():
        _verify(folder)
    return folder


def write_manifest(folder: Path) -> None:
    """Write the manifest of the files that stand in ``folder``."""
    hashes = {path.name: _sha256(path) for path in sorted(folder.iterdir()) if path.name != MANIFEST}
    (folder / MANIFEST).write_text(json.dumps({"sha256": hashes}, indent=2) + "\n", encoding="utf-8")


def _verify(folder: Path) -> None:
    for name, digest in _hashes(folder).items():
        path = folder / name
        if not path.is_file():
            raise ModelError(f"{path} is missing. Copy or download the folder {folder.name} again.")
        if _sha256(path) != digest:
            raise ModelError(
                f"{path} differs from its manifest. Copy or download the folder {folder.name} again."
            )


def _hashes(folder: Path) -> dict[str, str]:
    """Read from the manifest the SHA-256 of each file."""
    path = folder / MANIFEST
    with readable(path):
        return dict(json.loads(path.read_text(encoding="utf-8"))["sha256"])


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _check_speech(folder: Path) -> None:
    missing = _missing_speech_files(folder)
    if missing:
        raise ModelError(
            f"The speech model in {folder} is not complete: {' and '.join(missing)} is missing. "
            "Copy the whole model, as CTranslate2 converted it, into that folder, or remove the folder."
        )
    if (folder / MANIFEST).is_file():
        _verify(folder)


def _missing_speech_files(folder: Path) -> list[str]:
    missing = [name for name in SPEECH_FILES if not (folder / name).is_file()]
    if not any((folder / f"vocabulary.{suffix}").is_file() for suffix in ("json", "txt")):
        missing.append("vocabulary.json (or vocabulary.txt)")
    return missing


def _shipped_speech() -> list[str]:
    return sorted(path.parent.name for path in SHIPPED.glob("*/model.bin"))


def _fetch(name: str, folder: Path) -> Path:
    """Download a model beside ``folder`` and move it there once it is whole, with the hashes of its files."""
    partial = folder.with_name(f"{folder.name}.partial")
    partial.parent.mkdir(parents=True, exist_ok=True)
    with _only_process(folder.with_name(f"{folder.name}.lock")):
        if folder.is_dir():
            return folder
        _download(name, partial, wanted=folder)
        shutil.rmtree(partial / ".cache", ignore_errors=True)
        missing = _missing_speech_files(partial)
        if missing:
            shutil.rmtree(partial)
            raise ModelError(
                f"The hub's model {name!r} has no {' and no '.join(missing)}: it is no CTranslate2 Whisper model. "
                "Name one that is, or convert it with ct2-transformers-converter and give the folder."
            )
        write_manifest(partial)
        partial.replace(folder)
    return folder


def _download(name: str, partial: Path, *, wanted: Path) -> None:
    """Fetch the files of a model from the hub; what an earlier try has fetched is not fetched again."""
    # The hub's library would otherwise report who calls it.
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    from huggingface_hub import HfApi, snapshot_download
    from huggingface_hub.utils.tqdm import disable_progress_bars

    hub_name, megabytes = WHISPER_SIZES.get(name, (name, None))
    if not sys.stderr.isatty():
        disable_progress_bars()
    try:
        HfApi().model_info(hub_name, timeout=_PATIENCE)
        snapshot_download(hub_name, local_dir=partial, allow_patterns=list(SPEECH_PATTERNS))
    except Exception as error:  # the client raises those of whichever HTTP library it uses
        size = f" (about {megabytes} MB)" if megabytes else ""
        reason = str(error).strip().partition("\n")[0]
        told = (
            f"The speech model {name!r}{size} is not installed and could not be fetched from the hub: {reason} "
            "Download model.bin, config.json, tokenizer.json, vocabulary.json (or vocabulary.txt) and, where there "
            f"is one, preprocessor_config.json of https://huggingface.co/{hub_name} on a machine that reaches it, "
            f"and put them into {wanted}."
        )
        _failed[name] = time.monotonic(), told
        raise ModelError(told) from error


@contextmanager
def _only_process(lock: Path) -> Iterator[None]:
    """Let one process at a time go on; the lock is gone with its process."""
    import fcntl

    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
