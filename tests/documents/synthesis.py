"""The apps in TypeScript on the CDK page, synthesized with what the page has a reader install.

Takes some seconds of a process of its own: it is started before the first test, and asked for when it is wanted.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from documents import blocks_of

PAGE = "docs/getting-started-cdk.md"
APPS = ("account", "local")

# Both in one process, which loads the CDK once.
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
    process: subprocess.Popen[str]

    def templates(self) -> dict[str, dict[str, Any]]:
        """The template of each app."""
        if self.process.returncode is None:
            output, _ = self.process.communicate(timeout=120)
            assert self.process.returncode == 0, output
        paths = {app: self.folder / app / "cdk.out/Profiles.template.json" for app in APPS}
        return {app: json.loads(path.read_text(encoding="utf-8")) for app, path in paths.items()}


def start(cdk: Path, folder: Path) -> Synthesis:
    """Starts it, with the constructs that are built in `cdk`."""
    shown = [block for block in blocks_of(PAGE) if block.language == "ts"]
    for app, block in zip(APPS, shown, strict=True):
        (folder / app).mkdir()
        (folder / app / "app.ts").write_text(block.text, encoding="utf-8")
    (folder / "both.mts").write_text(BOTH, encoding="utf-8")
    package = folder / "node_modules/connect-security-profile-cdk"
    shutil.copytree(cdk / "lib", package / "lib")
    for name in ("package.json", ".jsii"):
        shutil.copy(cdk / name, package / name)
    # What `npm run package` puts there.
    (package / "lambda").mkdir()
    for architecture in ("x86_64", "arm64"):
        with zipfile.ZipFile(package / f"lambda/provider-{architecture}.zip", "w") as archive:
            archive.writestr("bootstrap", "")
    for name in ("aws-cdk-lib", "constructs"):
        (folder / "node_modules" / name).symlink_to(cdk / "node_modules" / name)
    command = [cdk / "node_modules/.bin/tsx", "both.mts"]
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return Synthesis(folder, process)
