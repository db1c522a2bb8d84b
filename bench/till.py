"""The till: how long a booking takes to be durable, what a large day costs to close and export."""

from __future__ import annotations

import os
import resource
import tempfile
import time
import uuid
from pathlib import Path
from statistics import median

from tillferry.formats.dsfinvk.write import write_export
from tillferry.till.register.demo import demo_setup
from tillferry.till.register.receipt import ArticleLine, Cash, Sale
from tillferry.till.register.register import Register

RECEIPTS = 2000
LINES = 3
CASHIER, MANAGER = "1", "3"


def main() -> None:
    """Print the latencies of bookings beside a bare fsync, and the processor time of a close."""
    with tempfile.TemporaryDirectory(prefix="tillferry-bench-") as scratch:
        home = Path(scratch)
        fsync_ms = _fsync_ms(home / "fsync")
        with Register.open(home / "till") as register:
            demo_setup(register)
            articles = register.masters.articles()
            priced = [a.number for a in articles if not a.open_price and not a.is_deposit]
            latencies_ms = []
            for number in range(RECEIPTS):
                picked = [priced[(number + step) % len(priced)] for step in range(LINES)]
                sale = Sale(
                    tuple(ArticleLine(one, with_deposit=False) for one in picked), (Cash(100_000),)
                )
                begin = time.perf_counter()
                register.sales.sell(uuid.uuid4().hex, CASHIER, sale)
                latencies_ms.append(1000 * (time.perf_counter() - begin))
            before = time.process_time()
            closed = register.days.close(uuid.uuid4().hex, MANAGER)
            assert closed is not None
            write_export([register.closing_batch(closed.z_nr)], home / "day.zip")
            cpu_s = time.process_time() - before
    latencies_ms.sort()
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"articles of the demo bar: {len(articles)}, lines a receipt: {LINES}")
    print(
        f"a booking is durable after {median(latencies_ms):.2f} ms (median),"
        f" {latencies_ms[int(0.99 * RECEIPTS)]:.2f} ms (99 %)   (under 20)"
    )
    print(f"... a bare write and fsync on this disk {fsync_ms:.2f} ms")
    print(
        f"close and export a day of {RECEIPTS} receipts: {cpu_s:.2f} s CPU,"
        f" peak {peak_mb:.0f} MB   (under 2 s)"
    )


def _fsync_ms(path: Path) -> float:
    times = []
    with path.open("wb") as file:
        for _ in range(200):
            begin = time.perf_counter()
            file.write(b"x" * 4096)
            file.flush()
            os.fsync(file.fileno())
            times.append(1000 * (time.perf_counter() - begin))
    return median(times)


if __name__ == "__main__":
    main()
