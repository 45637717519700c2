"""What is in the Lambda's binary: sections, and the code of each crate, by the symbols of a build that kept them.

    make contents

Code that a crate has made of another's generics counts for the crate that is named within the brackets, as it would not be
there without it. Constants have no names after linking and are counted by section only.
"""

import collections
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- contents -->\n", "<!-- /contents -->\n"

STANDARD = {"core", "alloc", "std", "hashbrown", "compiler_builtins", "rustc_demangle", "gimli", "addr2line", "object",
            "miniz_oxide", "panic_unwind", "unwind", "memchr"}
GROUPS = {
    "aws_sdk_connect": "Connect's SDK",
    "aws_sdk_sts": "STS's SDK",
    "aws_config": "the SDK's configuration",
    "rustls": "TLS", "webpki": "TLS", "tokio_rustls": "TLS", "hyper_rustls": "TLS", "ring": "TLS",
    "rustls_native_certs": "TLS", "rustls_pki_types": "TLS", "rustls_platform_verifier": "TLS", "untrusted": "TLS",
    "hyper": "HTTP", "hyper_util": "HTTP", "h2": "HTTP", "http": "HTTP", "http_body": "HTTP", "http_body_util": "HTTP",
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
C_OF_RING = re.compile(r"^_?(ring_core|p256|p384|x25519|bn_|aes_|gcm_|sha|chacha|poly|vpaes|ecp_|bsaes|OPENSSL|LIMB|GFp|ChaCha|CRYPTO|fiat)")


def group(name: str) -> str:
    """Whose code a symbol is."""
    crates = [crate for crate in CRATE.findall(name) if crate not in {"dyn", "impl", "as"}]
    foreign = [crate for crate in crates if crate not in STANDARD]
    if foreign:
        crate = foreign[0]
        if crate in GROUPS:
            return GROUPS[crate]
        return "the SDK's runtime" if crate.startswith("aws_") else f"other: {crate}"
    if crates:
        return "Rust's standard library"
    return "TLS" if C_OF_RING.match(name) else "C and start-up"


def symbols(program: str) -> list[tuple[int, str, str]]:
    """Size, kind and name of each symbol."""
    lines = subprocess.run(["nm", "--demangle", "--print-size", program], capture_output=True, text=True, check=True).stdout
    found = {}
    for line in lines.splitlines():
        parts = line.split(maxsplit=3)
        if len(parts) == 4 and len(parts[2]) == 1:
            # What the linker folded has one address and many names: it is there once.
            found.setdefault(parts[0], (int(parts[1], 16), parts[2], parts[3]))
    return list(found.values())


def sections(program: str) -> list[tuple[str, int]]:
    """The sections that take room in the file, by size."""
    lines = subprocess.run(["size", "--format=sysv", program], capture_output=True, text=True, check=True).stdout
    rows = [line.split() for line in lines.splitlines() if line.startswith(".")]
    kept = [(row[0], int(row[1])) for row in rows if row[0] not in {".bss", ".tbss", ".comment", ".relro_padding"} and not row[0].startswith(".debug")]
    return sorted(kept, key=lambda row: -row[1])


def report(program: str) -> str:
    """The tables."""
    text = ["| section | KB | what |", "|---|---|---|"]
    what = {".text": "code", ".rodata": "constants", ".eh_frame": "how to unwind a panic", ".gcc_except_table": "how to unwind a panic",
            ".eh_frame_hdr": "how to unwind a panic", ".rela.dyn": "what the loader has to relocate", ".data.rel.ro": "constants with addresses in them"}
    rest = 0
    for name, size in sections(program):
        if size < 16 * 1024:
            rest += size
            continue
        text.append(f"| `{name}` | {size / 1024:.0f} | {what.get(name, '')} |")
    text.append(f"| others | {rest / 1024:.0f} | |")

    code = [(size, name) for size, kind, name in symbols(program) if kind in "tTwW"]
    total = sum(size for size, _ in code)
    groups, functions = collections.Counter(), collections.Counter()
    for size, name in code:
        groups[group(name)] += size
        functions[group(name)] += 1
    others = {name: size for name, size in groups.items() if name.startswith("other: ")}
    small = sum(size for name, size in groups.items() if size < total / 200)
    small_functions = sum(functions[name] for name, size in groups.items() if size < total / 200)
    text += ["", "| code of | KB | of all code | functions |", "|---|---|---|---|"]
    for name, size in groups.most_common():
        if size >= total / 200:
            text.append(f"| {name.removeprefix('other: ')} | {size / 1024:.0f} | {100 * size / total:.1f} % | {functions[name]} |")
    text.append(f"| {sum(1 for size in groups.values() if size < total / 200)} others, each below 0.5 % | {small / 1024:.0f} | {100 * small / total:.1f} % | {small_functions} |")

    operations = collections.Counter()
    for size, name in code:
        for operation in set(re.findall(r"aws_sdk_connect(?:\[[0-9a-f]+\])?::operation::(\w+)::", name)):
            operations[operation] += size
    text += ["", f"Of Connect's operations there is code for {len(operations)}: "
             + ", ".join(f"`{name}` ({size / 1024:.0f} KB)" for name, size in sorted(operations.items())) + "."]
    return "\n".join(text) + "\n"


if __name__ == "__main__":
    figures = report(sys.argv[1])
    print(figures)
    if "--write" in sys.argv:
        document = DOCUMENT.read_text()
        before, rest = document.split(BEGIN)
        after = rest.split(END)[1]
        DOCUMENT.write_text(f"{before}{BEGIN}\n{figures}\n{END}{after}")
