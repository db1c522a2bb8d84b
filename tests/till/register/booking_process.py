"""A process that books until it is killed: each line it prints is a booking that was shown."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.till.register.helpers import ANNA, BEN, QUICK_HASHER, sale
from tillferry.till.register.register import Register

CLOSE_EVERY = 9


def main(home: str, run: str) -> None:
    with Register.open(Path(home), hasher=QUICK_HASHER) as register:
        print("ready", flush=True)
        for number in range(1_000_000):
            wish = f"{run}-{number}"
            if number % CLOSE_EVERY == CLOSE_EVERY - 1:
                closed = register.days.close(wish, BEN)
                print("closed", wish, closed.z_nr if closed else 0, flush=True)
            else:
                receipt = register.sales.sell(wish, ANNA, sale("3001"))
                print("sold", wish, receipt.bon_id, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
