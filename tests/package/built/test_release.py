"""What the build wants of the machine, and what it lets the machine say."""

from __future__ import annotations

from pathlib import Path

import pytest
import release

TARGET = "aarch64-unknown-linux-gnu"


def test_a_missing_target_without_rustup_is_told_with_the_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(release, "asked", lambda *_: str(tmp_path))
    monkeypatch.setattr(release.shutil, "which", lambda _: None)
    with pytest.raises(release.ReleaseError, match=rf"for {TARGET} is missing, and there is no rustup .*rustup\.rs"):
        release.install(TARGET, tmp_path)
    (tmp_path / "lib/rustlib" / TARGET / "lib").mkdir(parents=True)
    release.install(TARGET, tmp_path)


def test_no_setting_of_this_machine_changes_the_profile_or_names_its_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CARGO_PROFILE_RELEASE_PANIC", "abort")
    monkeypatch.setenv("RUSTFLAGS", "-Ctarget-cpu=native")
    monkeypatch.setattr(release, "find_spec", lambda _: type("Spec", (), {"origin": str(tmp_path / "zig/__init__.py")}))
    environment = release.environment(release.ROOT, TARGET, release.ROOT / "target")
    stated = {name: value for name, value in environment.items() if name.startswith("CARGO_PROFILE_")}
    assert stated["CARGO_PROFILE_RELEASE_PANIC"] == "unwind"
    assert all(name.startswith("CARGO_PROFILE_RELEASE_") for name in stated)
    flags = environment["CARGO_ENCODED_RUSTFLAGS"].split("\x1f")
    source, target = (f"--remap-path-prefix={release.ROOT}{folder}" for folder in ("=/source", "/target=/target"))
    assert flags.index(source) < flags.index(target), "of two that fit, the last counts"
    assert all(flag.startswith("--remap-path-prefix=") for flag in flags)
