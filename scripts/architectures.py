"""The architectures that Lambda runs, and what Rust calls them."""

from __future__ import annotations

import platform

TARGETS = {"x86_64": "x86_64-unknown-linux-gnu", "arm64": "aarch64-unknown-linux-gnu"}


def own() -> str:
    """This machine's, by Lambda's name."""
    return "arm64" if platform.machine().lower() in {"aarch64", "arm64"} else "x86_64"
