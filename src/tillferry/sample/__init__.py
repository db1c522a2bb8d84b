"""A made-up chain of beach bars: whole, true closings for tests, benchmark and demo."""

from tillferry.sample.batch import sample_batch, sample_batches
from tillferry.sample.masters import serial
from tillferry.sample.write import (
    WriteExport,
    bookings_only,
    sample_closing_count,
    write_sample,
)

__all__ = [
    "WriteExport",
    "bookings_only",
    "sample_batch",
    "sample_batches",
    "sample_closing_count",
    "serial",
    "write_sample",
]
