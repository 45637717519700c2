"""What is in the Lambda's binary: sections, and the code of each crate, by the symbols of a build that kept them.

    make contents

What the standard library has made of another crate's types counts for that crate where the symbol names it, which it does not
always: the library's own share is less than it looks. Constants have no names after linking and are counted by section only.
"""

import collections
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- contents -->\n", "<!-- /contents -->\n"

STANDARD = {"core", "alloc", "std", "hashbrown", "compiler_builtins", "object", "panic_unwind", "unwind", "memchr"}
BACKTRACES = ("gimli", "addr2line", "miniz_oxide", "rustc_demangle", "backtrace")
GROUPS = {
    "aws_sdk_connect": "Connect's SDK",
    "aws_sdk_sts": "STS's SDK",
    "aws_config": "the SDK's configuration",
    "rustls": "TLS", "webpki": "TLS", "tokio_rustls": "TLS", "hyper_rustls": "TLS", "ring": "TLS",
    "rustls_native_certs": "TLS", "rustls_pki_types": "TLS", "rustls_platform_verifier": "TLS", "untrusted": "TLS",
    "hyper": "HTTP", "hyper_util": "HTTP", "h2": "HTTP/2", "http": "HTTP", "http_body": "HTTP", "http_body_util": "HTTP",
    "httparse": "HTTP", "tower": "HTTP", "tower_http": "HTTP", "reqwest": "HTTP", "tower_service": "HTTP",
    "lambda_runtime": "Lambda's runtime", "lambda_runtime_api_client": "Lambda's runtime",
    "tokio": "tokio", "mio": "tokio", "tokio_util": "tokio", "socket2": "tokio",
    "serde": "JSON", "serde_core": "JSON", "serde_json": "JSON", "ryu": "JSON", "zmij": "JSON", "itoa": "JSON",
    "regex": "regular expressions", "regex_lite": "regular expressions", "regex_automata": "regular expressions",
    "regex_syntax": "regular expressions", "aho_corasick": "regular expressions",
    "tracing": "logging", "tracing_core": "logging", "tracing_subscriber": "logging", "tracing_serde": "logging",
    "sharded_slab": "logging", "log": "logging", "nu_ansi_term": "logging",
    "url": "URLs", "idna": "URLs", "percent_encoding": "URLs", "form_urlencoded": "URLs", "icu_normalizer": "URLs",
    "icu_properties": "URLs", "icu_provider": "URLs", "zerovec": "URLs", "zerotrie": "URLs", "idna_adapter": "URLs",
    "connect_security_profile": "ours", "custom_resource": "ours", "bootstrap": "ours",
}
# The name of a crate: what stands before the first `::` of a path.
CRATE = re.compile(r"(?<![\w:])([a-z_][a-z0-9_]*)(?:\[[0-9a-f]+\])?::")
C_OF_RING = re.compile(r"^_?(ring_core|p256|p384|x25519|bn_|aes_|gcm_|sha|chacha|ChaCha|poly|vpaes|ecp_|fiat|OPENSSL|CRYPTO)")


# Sections that take no room in the file, or are stripped.
NOT_SHIPPED = {".bss", ".tbss", ".comment", ".relro_padding"}
WHAT = {
    ".text": "code",
    ".rodata": "constants",
    ".data.rel.ro": "constants with addresses in them",
    ".rela.dyn": "what the loader relocates",
    ".eh_frame": "how to unwind a panic",
    ".eh_frame_hdr": "how to unwind a panic",
    ".gcc_except_table": "how to unwind a panic",
}


def group(name: str) -> str:
    """Whose code a symbol is."""
    if any(word in name for word in BACKTRACES):
        return "backtraces of panics"
    crates = [crate for crate in CRATE.findall(name) if crate not in {"dyn", "impl", "as"}]
    foreign = [crate for crate in crates if crate not in STANDARD]
    if foreign:
        crate = foreign[0]
        if crate in GROUPS:
            return GROUPS[crate]
        return "the SDK's runtime" if crate.startswith("aws_") else f"other: {crate}"
    if crates:
        return "the standard library, with others' types"
    return "TLS" if C_OF_RING.match(name) else "C and start-up"


def symbols(program: str) -> list[tuple[int, str, str]]:
    """Size, kind and name of each symbol."""
    found = {}
    for line in output("nm", "--demangle", "--print-size", program):
        parts = line.split(maxsplit=3)
        if len(parts) == 4 and len(parts[2]) == 1:
            # What the linker folded has one address and many names: it is there once.
            found.setdefault(parts[0], (int(parts[1], 16), parts[2], parts[3]))
    return list(found.values())


def sections(program: str) -> list[tuple[str, int]]:
    """The sections that take room in the file, by size."""
    rows = [line.split() for line in output("size", "--format=sysv", program) if line.startswith(".")]
    kept = [(row[0], int(row[1])) for row in rows if row[0] not in NOT_SHIPPED and not row[0].startswith(".debug")]
    return sorted(kept, key=lambda row: -row[1])


def output(*command: str) -> list[str]:
    """The lines that a program prints."""
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


def report(program: str) -> str:
    """The tables."""
    return "\n".join([*section_rows(program), "", *code_rows(symbols(program))]) + "\n"


def section_rows(program: str) -> list[str]:
    """What takes room in the file."""
    large = [(name, size) for name, size in sections(program) if size >= 16 * 1024]
    rest = sum(size for _, size in sections(program)) - sum(size for _, size in large)
    rows = [f"| `{name}` | {size / 1024:.0f} | {WHAT.get(name, '')} |" for name, size in large]
    return ["| section | KB | what |", "|---|---|---|", *rows, f"| others | {rest / 1024:.0f} | |"]


def code_rows(found: list[tuple[int, str, str]]) -> list[str]:
    """Whose the code is, and what is left of the SDK's operations."""
    sizes, functions, operations = collections.Counter(), collections.Counter(), collections.Counter()
    for size, name in ((size, name) for size, kind, name in found if kind in "tTwW"):
        whose = group(name)
        sizes[whose] += size
        functions[whose] += 1
        for operation in set(re.findall(r"aws_sdk_connect(?:\[[0-9a-f]+\])?::operation::(\w+)::", name)):
            operations[operation] += size
    total = sum(sizes.values())

    def row(name: str, members: list[str]) -> str:
        size = sum(sizes[member] for member in members)
        count = sum(functions[member] for member in members)
        return f"| {name} | {size / 1024:.0f} | {100 * size / total:.1f} % | {count} |"

    large = [name for name, size in sizes.most_common() if size >= total / 200]
    small = [name for name in sizes if name not in large]
    of_operations = ", ".join(f"`{name}` ({size / 1024:.0f} KB)" for name, size in sorted(operations.items()))
    return [
        "| code of | KB | of all code | functions |",
        "|---|---|---|---|",
        *(row(name.removeprefix("other: "), [name]) for name in large),
        row(f"{len(small)} others, each below 0.5 %", small),
        "",
        f"Of Connect's operations there is code for {len(operations)}: {of_operations}.",
    ]


if __name__ == "__main__":
    figures = report(sys.argv[1])
    print(figures)
    if "--write" in sys.argv:
        document = DOCUMENT.read_text()
        before, rest = document.split(BEGIN)
        after = rest.split(END)[1]
        DOCUMENT.write_text(f"{before}{BEGIN}\n{figures}\n{END}{after}")
