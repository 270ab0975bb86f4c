"""A core folder is there whole or not at all, and nobody's file is lost."""

import errno
import json
import os
from pathlib import Path

import pytest

from fxfir.emit import write_folder
from fxfir.errors import OutputError


def core(name, text="text"):
    manifest = json.dumps({"schema": 1, "fxfir": "0", "name": name})
    return {"manifest.json": manifest, f"{name}.v": text, "README.md": text}


def everything(folder):
    """Paths and contents below a folder."""
    return {
        str(path.relative_to(folder)): path.read_text() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }


def test_files_and_missing_parents_are_made(tmp_path):
    made = write_folder(tmp_path / "a" / "b" / "lp", core("lp"))
    assert made == tmp_path / "a" / "b" / "lp"
    assert {p.name for p in made.iterdir()} == {"manifest.json", "lp.v", "README.md"}
    assert [p.name for p in made.parent.iterdir()] == ["lp"]


def test_line_ends_are_the_same_everywhere(tmp_path):
    made = write_folder(tmp_path / "lp", core("lp", "a\nb\n"))
    assert (made / "lp.v").read_bytes() == b"a\nb\n"


@pytest.mark.parametrize("inside", [{}, {"notes.txt": "mine"}, core("lp")])
def test_an_existing_folder_is_not_touched(inside, tmp_path):
    goal = tmp_path / "lp"
    goal.mkdir()
    for name, text in inside.items():
        (goal / name).write_text(text)
    before = everything(tmp_path)
    with pytest.raises(OutputError, match="must not exist yet"):
        write_folder(goal, core("lp", "new"))
    assert everything(tmp_path) == before


def test_force_replaces_the_core_and_keeps_the_rest(tmp_path):
    goal = write_folder(tmp_path / "lp", core("lp", "old"))
    (goal / "spec.toml").write_text("spec")
    (goal / "notes").mkdir()
    (goal / "notes" / "a.txt").write_text("mine")
    (goal / "evidence.json").write_text("of the old core")
    write_folder(goal, core("hp", "new"), force=True)
    found = everything(goal)
    assert found["hp.v"] == "new"
    assert found["notes/a.txt"] == "mine"
    assert found["spec.toml"] == "spec"
    assert not {"lp.v", "evidence.json"} & set(found)
    assert [p.name for p in tmp_path.iterdir()] == ["lp"]


def test_force_does_not_replace_a_users_file(tmp_path):
    goal = write_folder(tmp_path / "lp", core("lp", "old"))
    (goal / "hp.v").write_text("mine")
    before = everything(tmp_path)
    with pytest.raises(OutputError, match=r"a file that fxfir did not write, got .*hp\.v"):
        write_folder(goal, core("hp", "new"), force=True)
    assert everything(tmp_path) == before


def test_force_replaces_the_specification_that_comes_with_the_core(tmp_path):
    goal = write_folder(tmp_path / "lp", {**core("lp"), "spec.toml": "old"})
    write_folder(goal, {**core("lp"), "spec.toml": "new"}, force=True)
    assert (goal / "spec.toml").read_text() == "new"


def test_force_does_not_replace_a_folder_that_is_no_core(tmp_path):
    (tmp_path / "README.md").write_text("mine")
    with pytest.raises(OutputError, match="replaces core folders only"):
        write_folder(tmp_path, core("lp"), force=True)
    assert everything(tmp_path) == {"README.md": "mine"}


def test_a_file_in_the_way_is_named(tmp_path):
    (tmp_path / "lp").write_text("mine")
    with pytest.raises(OutputError, match="an output folder is needed, got the file"):
        write_folder(tmp_path / "lp", core("lp"), force=True)


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("failure", [OSError(errno.ENOSPC, "No space left"), KeyboardInterrupt()])
def test_a_failure_half_way_leaves_what_was_there(failure, force, tmp_path, monkeypatch):
    goal = tmp_path / "deep" / "lp"
    if force:
        write_folder(goal, core("lp", "old"))
    before = everything(tmp_path)
    real, calls = os.fsync, []

    def full(descriptor):
        calls.append(descriptor)
        if len(calls) == 2:
            raise failure
        real(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    expected = KeyboardInterrupt if isinstance(failure, KeyboardInterrupt) else OutputError
    with pytest.raises(expected):
        write_folder(goal, core("lp", "new"), force=force)
    assert len(calls) == 2
    assert everything(tmp_path) == before


def test_a_failure_of_the_last_step_leaves_what_was_there(tmp_path, monkeypatch):
    goal = write_folder(tmp_path / "lp", core("lp", "old"))
    before = everything(tmp_path)
    real = Path.rename

    def rename(self, target):
        if Path(target) == goal and ".old." not in self.name:
            raise OSError(errno.EIO, "broken")
        return real(self, target)

    monkeypatch.setattr(Path, "rename", rename)
    with pytest.raises(OutputError, match="must be writable"):
        write_folder(goal, core("lp", "new"), force=True)
    assert everything(tmp_path) == before
