"""Keeps a local CloudFormation with the provider deployed, for stacks of your own, until Ctrl-C."""

from __future__ import annotations

import argparse
import sys
import textwrap
import time

from stack_engine import INSTANCE_ARN, REGION, Engine, EngineError, Outcome, add_arguments


def main() -> int:
    """Reads the arguments and stays until it is stopped."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_arguments(parser)
    arguments = parser.parse_args()
    try:
        with Engine(arguments.bootstrap, arguments.emulator, arguments.port) as engine:
            print(welcome(engine, engine.deploy_provider()), flush=True)
            while True:
                time.sleep(3600)
    except EngineError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nstopped; everything that was started is ended", file=sys.stderr)
        return 0


def welcome(engine: Engine, provider: Outcome) -> str:
    """What one needs to deploy stacks here, ready to paste."""
    return textwrap.dedent(f"""\
        The provider is deployed. In another terminal:

          export AWS_ENDPOINT_URL={engine.url} AWS_DEFAULT_REGION={REGION}
          export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test
          export AWS_ENDPOINT_URL_CONNECT={engine.connect_url}
          aws cloudformation deploy --stack-name mine --template-file examples/contact-centre.yaml \\
            --parameter-overrides ServiceToken={provider.outputs["ServiceToken"]} \\
              InstanceArn={INSTANCE_ARN}
          aws connect list-security-profiles --instance-id {INSTANCE_ARN.rpartition("/")[2]}

        or the same with SAM, the CDK or boto3: docs/getting-started-cloudformation.md and its neighbours. Connect is the
        embedded one:

          curl {engine.connect_url}/_emulator/journal    # the calls made so far
          curl {engine.connect_url}/_emulator/profiles   # every profile with all it holds

        Ctrl-C ends it; nothing stays behind.""")


if __name__ == "__main__":
    sys.exit(main())
