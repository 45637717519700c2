"""Blocks of shell as single commands, and what the commands of each tool may say.

Knows how the documents write shell: one command a line, `\\` where it goes on, `&&` and `|` between commands,
`#` before a remark, `<…>` where the reader puts something in.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

from documents import Block

# The options that the documents may use, by command. Those of tools that are installed are held to their help, too.
# Those of the AWS CLI that are operations are not here: botocore knows them.
OPTIONS = {
    "aws cloudformation deploy": "--template-file --stack-name --parameter-overrides --capabilities",
    "aws cloudformation package": "--template-file --s3-bucket --output-template-file",
    "cdk": "--app -c --context",
    "cdk bootstrap": "",
    "cdk deploy": "--method",
    "cdk destroy": "",
    "cdk synth": "",
    "cfn-lint": "--append-rules --template",
    "sam build": "--build-in-source --parameter-overrides",
    "sam delete": "--stack-name --no-prompts",
    "sam package": "--s3-bucket --output-template-file",
    "sam publish": "--template",
    "sam deploy": "--template-file -t --stack-name --parameter-overrides --capabilities --resolve-s3",
    "terraform plan": "",
    "terraform state list": "",
    "terraform state rm": "",
    "terraform state show": "",
}


@dataclass(frozen=True)
class Command:
    """A command with its words, as the shell would have them."""

    block: Block
    words: tuple[str, ...]
    #: The file that its output goes to.
    output: str | None = None

    def __str__(self) -> str:
        return f"{self.block} {' '.join(self.words)}"

    @property
    def options(self) -> dict[str, str]:
        """Its options, each with the word or words behind it."""
        found: dict[str, str] = {}
        for word in self.words:
            if re.fullmatch(r"--?[a-zA-Z].*", word):
                name, _, value = word.partition("=")
                found[name] = value
            elif found:
                last = next(reversed(found))
                found[last] = f"{found[last]} {word}".strip()
        return found

    @property
    def name(self) -> str:
        """The command without options and what follows them, as `OPTIONS` calls it."""
        words = list(self.words)
        if words[0] == "npx":
            words = [words[1].partition("@")[0].replace("aws-cdk", "cdk"), *words[2:]]
        plain = words[: words.index(first)] if (first := first_option(words)) else words
        length = {"aws": 3, "terraform": 3 if plain[1:2] == ["state"] else 2, "cfn-lint": 1}.get(plain[0], 2)
        return " ".join(plain[:length])


def first_option(words: list[str]) -> str | None:
    return next((word for word in words if word.startswith("-")), None)


def commands(block: Block) -> list[Command]:
    """The commands of a block."""
    found = []
    for line in block.text.replace("\\\n", " ").splitlines():
        for part in re.split(r" && | \| ", line):
            lexer = shlex.shlex(re.sub(r"<([A-Za-z][^<>]*)>", fill, part), posix=True, punctuation_chars=">")
            lexer.whitespace_split = True
            words = list(lexer)
            output = None
            if ">" in words:
                at = words.index(">")
                output, words = words[at + 1], words[:at]
            # A variable that is set for this command alone.
            while words and re.fullmatch(r"[A-Z][A-Z0-9_]*=.*", words[0]):
                words = words[1:]
            if words:
                found.append(Command(block, tuple(words), output))
    return found


def fill(place: re.Match[str]) -> str:
    """What a reader might put into a place that is left for him: one word."""
    return re.sub(r"\W", "-", place[1])
