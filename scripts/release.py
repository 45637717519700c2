"""Builds the Lambda as it ships, for either architecture, against the glibc of Lambda's runtime.

The bytes depend on the sources, on `Cargo.lock` and on the compilers alone: paths of this machine are replaced by fixed names.
Owns how it is compiled and linked; what may be in the binary is `binary.py`'s, and what is put around it `package.py`'s.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import binary
from architectures import TARGETS, own

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    """Reads the arguments, builds, checks, and says where the binary is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--architecture", choices=TARGETS, default=own())
    parser.add_argument("--target-dir", type=Path, default=ROOT / "target", help="where cargo puts what it builds")
    parser.add_argument("--package", default="connect-security-profile", help="another that is built as the Lambda is")
    parser.add_argument("--bin", default="bootstrap", help="the program of that package")
    parser.add_argument("--names", action="store_true", help="keep the names of the functions, for who looks into it")
    arguments = parser.parse_args()
    target_dir = arguments.target_dir.absolute()
    program = Program(arguments.package, arguments.bin, arguments.names)
    try:
        print(build(arguments.architecture, target_dir, program=program))
    except (ReleaseError, binary.BinaryError) as error:
        sys.exit(f"error: {error}")
    except subprocess.CalledProcessError as error:
        sys.exit(error.returncode)


class ReleaseError(Exception):
    """Something that is missing here, with the way to get it."""


@dataclass(frozen=True)
class Program:
    """What is built."""

    package: str = "connect-security-profile"
    name: str = "bootstrap"
    has_names: bool = False


def build(architecture: str, target_dir: Path, root: Path = ROOT, program: Program = Program()) -> Path:
    """Builds the program, sees that Lambda can run it, and returns its path."""
    target = TARGETS[architecture]
    install(target, root)
    zigbuild = Path(sys.executable).parent / "cargo-zigbuild"
    command = [zigbuild, "rustc" if program.has_names else "zigbuild", "--release", "--locked"]
    command += ["--target", f"{target}.{binary.GLIBC}", "--target-dir", target_dir]
    command += ["--package", program.package, "--bin", program.name]
    # A profile of its own would build every dependency anew.
    command += ["--", "-C", "strip=none"] if program.has_names else []
    subprocess.run(command, cwd=root, env=environment(root, target, target_dir), check=True)
    built = target_dir / target / "release" / program.name
    if program.has_names:
        built = built.rename(built.with_name(f"{program.name}-with-names"))
    binary.check(built, architecture)
    return built


def install(target: str, root: Path) -> None:
    """Sees that Rust's standard library for the target is there."""
    sysroot = Path(asked(root, "rustc", "--print", "sysroot"))
    if (sysroot / "lib/rustlib" / target / "lib").is_dir():
        return
    if not shutil.which("rustup"):
        raise ReleaseError(
            f"Rust's standard library for {target} is missing, and there is no rustup to add it: install Rust by"
            f" https://rustup.rs, or that library ({sysroot}/lib/rustlib/{target}) by the way that Rust came"
        )
    subprocess.run(["rustup", "target", "add", target], cwd=root, check=True)


def environment(root: Path, target: str, target_dir: Path) -> dict[str, str]:
    """The environment of the build: this Zig and no other, its caches beside it, and flags that leave nobody's paths."""
    found = find_spec("ziglang")
    if found is None or found.origin is None:
        raise ReleaseError("Zig is missing: `make release` installs it")
    tools = Path(sys.executable).parent.parent
    flags = [f"--remap-path-prefix={old}={new}" for old, new in renamed(root, target, target_dir)]
    # Nobody's own settings of the profile, neither these nor those of a `config.toml`, which are stronger than `Cargo.toml`'s.
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CARGO_PROFILE_", "CARGO_INCREMENTAL"))}
    profile = tomllib.loads((root / "Cargo.toml").read_text(encoding="utf-8"))["profile"]["release"]
    stated = {
        f"CARGO_PROFILE_RELEASE_{key.upper().replace('-', '_')}": str(value).lower()
        for key, value in profile.items()
        if key != "package"
    }
    return kept | stated | {
        "CARGO_ZIGBUILD_ZIG_PATH": str(Path(found.origin).parent / "zig"),
        "CARGO_ZIGBUILD_CACHE_DIR": str(tools / "cache/zigbuild"),
        "ZIG_GLOBAL_CACHE_DIR": str(tools / "cache/zig"),
        "CARGO_ENCODED_RUSTFLAGS": "\x1f".join(flags),
    }


def renamed(root: Path, target: str, target_dir: Path) -> list[tuple[Path, str]]:
    """Folders that differ from machine to machine, each with the name that it has in the binary. The last that fits counts."""
    home = Path(os.environ.get("CARGO_HOME") or Path.home() / ".cargo")
    subprocess.run(["cargo", "fetch", "--locked", "--quiet", "--target", target], cwd=root, check=True)
    # A registry's folder is called after its host, and where there is a mirror, after the mirror.
    registries = sorted((home / "registry/src").glob("*"))
    rust = Path(asked(root, "rustc", "--print", "sysroot")) / "lib/rustlib/src/rust"
    version = dict(line.split(": ", 1) for line in asked(root, "rustc", "-vV").splitlines()[1:])
    names = [
        (home, "/cargo"),
        *((registry, "/crates") for registry in registries),
        (rust, f"/rustc/{version['commit-hash']}"),
        (root, "/source"),
        (target_dir, "/target"),
    ]
    # One may be in another: the home of cargo in the checkout, as some build servers keep it.
    return sorted(names, key=lambda pair: len(str(pair[0])))


def asked(root: Path, *command: str) -> str:
    """What a command says."""
    return subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout.strip()


if __name__ == "__main__":
    main()
