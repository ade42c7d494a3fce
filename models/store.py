"""From a model's name to its files, verified.

Weights are folders. Shipped ones stand in ``models/artifacts``; installed ones in the user's models folder, which is
looked at first. Every folder carries a ``manifest.json`` with the SHA-256 of each file, so that a truncated download
or a changed byte is found before it grades anybody.
"""

import hashlib
import json
import os
from pathlib import Path

SHIPPED = Path(__file__).parent / "artifacts"
MANIFEST = "manifest.json"


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


def write_manifest(folder: Path) -> None:
    """Write the manifest of the files that stand in ``folder``."""
    hashes = {path.name: _sha256(path) for path in sorted(folder.iterdir()) if path.name != MANIFEST}
    (folder / MANIFEST).write_text(json.dumps({"sha256": hashes}, indent=2) + "\n", encoding="utf-8")


def _verify(folder: Path) -> None:
    expected: dict[str, str] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["sha256"]
    for name, digest in expected.items():
        path = folder / name
        if not path.is_file():
            raise ModelError(f"{path} is missing. Copy or download the folder {folder.name} again.")
        if _sha256(path) != digest:
            raise ModelError(
                f"{path} differs from its manifest. Copy or download the folder {folder.name} again."
            )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
