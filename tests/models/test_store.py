"""The store: weights by name, verified."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.calibration import load as load_calibration
from models import roles, turns
from models.store import SHIPPED, ModelError, artifact, models_folder, require, write_manifest


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


@pytest.mark.parametrize("manifest", ['{"sha', "{}", "[]", '{"sha256": null}', '{"sha256": "abc"}'])
def test_a_damaged_manifest_is_told(weights: Path, manifest: str) -> None:
    """One that is cut short or of another form vouches for nothing."""
    (weights / "manifest.json").write_text(manifest)
    with pytest.raises(ModelError, match=r"manifest\.json cannot be read .* Copy or download it again"):
        artifact("mine-1")


def test_what_the_manifest_does_not_list_is_not_read(weights: Path) -> None:
    """A file that nobody vouches for is refused by its name."""
    require(weights, "card.md")
    (weights / "manifest.json").write_text('{"sha256": {}}')
    with pytest.raises(ModelError, match=r"does not list card\.md: the folder is not whole"):
        require(weights, "card.md")


@pytest.mark.parametrize(
    ("load", "name"),
    [
        (turns.load, "criteria-1"),
        (turns.load, "micro-whisper"),
        (roles.load, "criteria-1"),
        (load_calibration, "turns-1"),
    ],
)
def test_weights_of_another_kind_are_told(load: Callable[[str], object], name: str) -> None:
    """Naming a calibration where turn labels are wanted, or the other way round, says so."""
    with pytest.raises(ModelError, match=rf"{name}.*holds something else than what is wanted"):
        load(name)


@pytest.mark.parametrize(
    ("load", "path", "content"),
    [
        (turns.load, "turns-1/turns.json", b"{}"),
        (turns.load, "turns-1/zh.safetensors", b"12345678"),
        (roles.load, "roles-1/roles.json", b"{"),
        (roles.load, "roles-1/roles.safetensors", b""),
        (load_calibration, "criteria-1/calibration.json", b'{"name": 3}'),
        (load_calibration, "criteria-1/calibration.json", b"\xff"),
    ],
)
def test_files_of_another_form_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, load: Callable[[str], object], path: str, content: bytes
) -> None:
    """Also where the manifest agrees with them."""
    monkeypatch.setenv("CALLGRADER_MODELS", str(tmp_path))
    name = path.partition("/")[0]
    shutil.copytree(SHIPPED / name, tmp_path / name)
    (tmp_path / path).write_bytes(content)
    write_manifest(tmp_path / name)
    with pytest.raises(ModelError, match="it is damaged, or holds something else than what is wanted"):
        load(name)


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
