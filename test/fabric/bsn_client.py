"""Runs calls of the official client, one for each line of JSON; its first line configures it."""

import json
import sys

from bsn_sdk_py.client.config import Config
from bsn_sdk_py.client.exceptions import BsnException
from bsn_sdk_py.client.fabric_client import FabricClient


def run(work):
    """What it answers, or what it raises."""
    try:
        return {"answer": work()}
    except (BsnException, AssertionError) as error:
        return {"raised": str(error) or type(error).__name__}


def tell(what):
    """The client prints by itself: what is meant for the test begins with a sign."""
    print("\n@" + json.dumps(what), flush=True)


client = FabricClient()
settings = json.loads(sys.stdin.readline())


def configure():
    """The constructor asks the gateway about the application."""
    config = Config(**settings)
    client.set_config(config)
    return config.app_info


tell(run(configure))
for line in sys.stdin:
    asked = json.loads(line)
    tell(run(lambda: getattr(client, asked["name"])(*asked["args"], **asked["named"])))
