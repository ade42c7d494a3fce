"""The store: weights by name, verified."""

from pathlib import Path

import pytest

from models.store import SHIPPED, ModelError, artifact, models_folder, write_manifest


@pytest.fixture
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Install a folder of weights with its manifest."""
    monkeypatch.setenv("CALLGRADER_MODELS", str(tmp_path))
    folder = tmp_path / "mine-1"
    folder.mkdir()
    (folder / "weights.safetensors").write_bytes(b"12345678")
    (folder / "card.md").write_text("# Mine\n")
    write_manifest(folder)
    return folder


def test_verified_weights_are_given(weights: Path) -> None:
    """By their name."""
    assert artifact("mine-1") == weights


def test_every_shipped_artifact_agrees_with_its_manifest(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What is committed is what was measured, and each has a card."""
    monkeypatch.setenv("CALLGRADER_MODELS", str(tmp_path))
    names = [path.parent.name for path in SHIPPED.glob("*/manifest.json")]
    assert "micro-whisper" in names
    for name in names:
        assert (artifact(name) / "card.md").is_file()


def test_a_changed_byte_is_found(weights: Path) -> None:
    """Damaged weights grade nobody."""
    (weights / "weights.safetensors").write_bytes(b"12345679")
    with pytest.raises(ModelError, match=r"weights\.safetensors differs from its manifest"):
        artifact("mine-1")


def test_a_missing_file_is_found(weights: Path) -> None:
    """A half-copied folder is refused by the name of what is missing."""
    (weights / "card.md").unlink()
    with pytest.raises(ModelError, match=r"card\.md is missing"):
        artifact("mine-1")


def test_unknown_weights_say_where_they_belong(weights: Path) -> None:
    """The error names both places that were looked at."""
    with pytest.raises(ModelError) as caught:
        artifact("nobodys-2")
    assert str(weights.parent / "nobodys-2") in str(caught.value)
    assert str(SHIPPED / "nobodys-2") in str(caught.value)


def test_the_models_folder_follows_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """``CALLGRADER_MODELS`` first, then the user's cache."""
    monkeypatch.setenv("CALLGRADER_MODELS", str(tmp_path / "a"))
    assert models_folder() == tmp_path / "a"
    monkeypatch.delenv("CALLGRADER_MODELS")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "b"))
    assert models_folder() == tmp_path / "b" / "callgrader" / "models"
