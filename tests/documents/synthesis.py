"""The apps on the CDK page, in both languages, synthesized with what the page has a reader install.

Takes some seconds of processes of their own: they are started before the first test, and asked for when they are wanted.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from documents import blocks_of

PAGE = "docs/getting-started-cdk.md"
APPS = ("account", "local")
PYTHON = "python"

# Both of TypeScript in one process, which loads the CDK once.
BOTH = """
for (const app of ['account', 'local']) {
  process.env.CDK_OUTDIR = `${app}/cdk.out`;
  await import(`./${app}/app.ts`);
}
"""


@dataclass(frozen=True)
class Synthesis:
    """A synthesis under way."""

    folder: Path
    processes: list[subprocess.Popen[str]]

    def templates(self) -> dict[str, dict[str, Any]]:
        """The template of each app."""
        for process in self.processes:
            if process.returncode is None:
                output, _ = process.communicate(timeout=120)
                assert process.returncode == 0, output
        paths = {app: self.folder / app / "cdk.out/Profiles.template.json" for app in (*APPS, PYTHON)}
        return {app: json.loads(path.read_text(encoding="utf-8")) for app, path in paths.items()}


def start(cdk: Path, python: Path, folder: Path) -> Synthesis:
    """Starts it, with the constructs that are built in `cdk`."""
    return Synthesis(folder, [typescript(cdk, folder), in_python(cdk, python, folder)])


def typescript(cdk: Path, folder: Path) -> subprocess.Popen[str]:
    """Starts both apps in TypeScript."""
    shown = [block for block in blocks_of(PAGE) if block.language == "ts"]
    for app, block in zip(APPS, shown, strict=True):
        (folder / app).mkdir()
        (folder / app / "app.ts").write_text(block.text, encoding="utf-8")
    (folder / "both.mts").write_text(BOTH, encoding="utf-8")
    package = folder / "node_modules/connect-security-profile-cdk"
    shutil.copytree(cdk / "lib", package / "lib")
    for name in ("package.json", ".jsii"):
        shutil.copy(cdk / name, package / name)
    (package / "lambda").mkdir()
    for architecture in ("x86_64", "arm64"):
        (package / f"lambda/provider-{architecture}.zip").write_bytes(zipped())
    for name in ("aws-cdk-lib", "constructs"):
        (folder / "node_modules" / name).symlink_to(cdk / "node_modules" / name)
    command = [cdk / "node_modules/.bin/tsx", "both.mts"]
    return run(command, folder)


def in_python(cdk: Path, python: Path, folder: Path) -> subprocess.Popen[str]:
    """Starts the app in Python."""
    [shown] = [block for block in blocks_of(PAGE) if block.language == "python"]
    (folder / PYTHON).mkdir()
    (folder / PYTHON / "app.py").write_text(shown.text, encoding="utf-8")
    shutil.copytree(cdk / "dist/code/python/src", folder / "src")
    [constructs] = (folder / "src").glob("*/_jsii/*.tgz")
    with tarfile.open(constructs) as built:
        members = [(it, built.extractfile(it).read()) for it in built.getmembers() if it.isfile()]
    for architecture in ("x86_64", "arm64"):
        added = tarfile.TarInfo(f"package/lambda/provider-{architecture}.zip")
        added.size = len(zipped())
        members.append((added, zipped()))
    with tarfile.open(constructs, "w:gz", compresslevel=1) as archive:
        for member, content in members:
            archive.addfile(member, io.BytesIO(content))
    variables = {"CDK_OUTDIR": str(folder / PYTHON / "cdk.out"), "PYTHONPATH": str(folder / "src")}
    return run([python, "app.py"], folder / PYTHON, **variables)


def zipped() -> bytes:
    """What `npm run package` puts into the package as the function."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(zipfile.ZipInfo("bootstrap"), "")
    return packed.getvalue()


def run(command: list[Path | str], folder: Path, **variables: str) -> subprocess.Popen[str]:
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    return subprocess.Popen(command, cwd=folder, env=os.environ | variables, text=True, **pipes)
