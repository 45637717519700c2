"""Lives the life of stacks on this machine and tells it: create, update, mistakes, adopt, refuse, delete.

MiniStack deploys `template.yaml` with the built Lambda, and the stacks of `examples/`.
Connect is the emulator.
Ends with 0 only if every step ended as it should.
"""

from __future__ import annotations

import argparse
import io
import os
import signal
import sys
import time

from claims import Claims, ended
from stack_engine import INSTANCE_ARN, Engine, EngineError, Outcome, Stopped, add_arguments
from story import Step, Story
from telling import Paint, tell_chapter, tell_claims, tell_end, tell_step


def run(engine: Engine, paint: Paint, begin: float) -> int:
    """All steps, until one does not end as it should."""
    print(f"CloudFormation and Lambda at {engine.url}, Connect at {engine.connect_url}")
    print(f"The instance is {INSTANCE_ARN}")
    print("An … stands for the front of its ARNs, or for the rest of a UUID.")
    story = Story(engine)
    taken, checks, calls, writes, refusals = 0, 0, 0, 0, 0
    for chapter in story.chapters():
        tell_chapter(chapter, paint)
        for step in chapter.steps:
            taken += 1
            outcome, claims = take(taken, step, engine, paint)
            if not all(claims.values()):
                return failed(f"step {taken}, which ended {outcome.status}", claims, paint)
            checks += len(claims)
            calls += len(outcome.calls)
            writes += len(outcome.writes)
            refusals += len(outcome.refused)
    claims = ended(story.first, engine.profiles())
    tell_end(claims, paint)
    if not all(claims.values()):
        return failed("the end", claims, paint)
    seconds = time.monotonic() - begin
    print(
        paint.good(f"\nProved in {seconds:.1f} s:")
        + f" {taken} steps ended as they should, {checks + len(claims)} claims hold;"
        + f"\n{calls} calls to Connect, {writes} of them writes, {refusals} of which it refused."
    )
    return 0


def take(number: int, step: Step, engine: Engine, paint: Paint) -> tuple[Outcome, Claims]:
    """Takes a step, checks its claims and tells it."""
    before = engine.profiles()
    outcome = step.act()
    after = engine.profiles()
    claims = step.judge(outcome, before, after)
    tell_step(f"{number}  {step.title}", step.remark, outcome, before, after, paint)
    tell_claims(claims, paint)
    return outcome, claims


def failed(where: str, claims: Claims, paint: Paint) -> int:
    """Says which claims do not hold."""
    wrong = "; ".join(claim for claim, holds in claims.items() if not holds)
    print(paint.bad(f"\nFailed at {where}. Not so: {wrong}."))
    return 1


def main() -> int:
    """Reads the arguments and turns every end into an exit code."""
    begin = time.monotonic()
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    add_arguments(parser)
    arguments = parser.parse_args()
    if isinstance(sys.stdout, io.TextIOWrapper):
        # Told as it happens, into a pipe too, and whatever the locale can write.
        sys.stdout.reconfigure(line_buffering=True, errors="replace")
    try:
        with Engine(arguments.bootstrap, arguments.emulator, arguments.port) as engine:
            return run(engine, Paint(), begin)
    except EngineError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        # Whoever read us has enough. What Python would still write at its end goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt as stopped:
        number = stopped.number if isinstance(stopped, Stopped) else signal.SIGINT
        name = signal.Signals(number).name
        print(f"\nstopped by {name}; everything that was started is ended", file=sys.stderr)
        return 128 + number


if __name__ == "__main__":
    sys.exit(main())
