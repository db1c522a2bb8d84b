"""Send a day again: the business day typed as YYYYMMDD."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tillferry.errors import TillferryError
from tillferry.till.register.masters import People
from tillferry.till.register.store import Store, new_key
from tillferry.till.register.values import Role


@dataclass(frozen=True, slots=True)
class ResendRequest:
    """A closing that is to be sent again, with its working times or without them."""

    request_id: int
    z_nr: int
    business_day: date
    with_time: bool
    asked_at: str


class Resend:
    """Days to send again; the outbox reads them and says when they are done."""

    def __init__(self, store: Store, people: People) -> None:
        self._store = store
        self._people = people

    def find(self, day_text: str) -> tuple[date, tuple[int, ...]]:
        """The day and the Z numbers of its closings (more than one where it was closed twice).

        ``resend_day_wrong`` for anything but a date as YYYYMMDD, ``resend_day_unknown`` for a day
        without bookings, ``resend_day_open`` for one that is not closed yet.
        """
        text = day_text.strip()
        try:
            if len(text) != 8 or not (text.isascii() and text.isdigit()):
                raise ValueError
            day = date(int(text[:4]), int(text[4:6]), int(text[6:]))
        except ValueError:
            raise TillferryError("resend_day_wrong", day=text[:20]) from None
        found = self._store.rows(
            "SELECT z_nr FROM days WHERE business_day = ? ORDER BY day_id", day.isoformat()
        )
        z_nrs = tuple(z_nr for (z_nr,) in found if z_nr is not None)
        if not found:
            raise TillferryError("resend_day_unknown", day=day.isoformat())
        if not z_nrs:
            raise TillferryError("resend_day_open", day=day.isoformat())
        return day, z_nrs

    def request(self, by: str, day_text: str, *, with_time: bool) -> tuple[ResendRequest, ...]:
        """Ask for a day again, one request for each of its closings; the errors of ``find``.

        Asking twice makes no second request; the latest word on the working times counts.
        """
        with self._store.transaction() as db:
            self._people.require(by, Role.CLOSE)
            day, z_nrs = self.find(day_text)
            asked_at = self._store.now().isoformat()
            for z_nr in z_nrs:
                db.execute("DELETE FROM resend_requests WHERE z_nr = ? AND done = 0", (z_nr,))
                db.execute(
                    "INSERT INTO resend_requests (z_nr, business_day, with_time, asked_at)"
                    " VALUES (?, ?, ?, ?)",
                    (z_nr, day.isoformat(), int(with_time), asked_at),
                )
            self._store.append(
                new_key(), "resend", by, "", {"day": day.isoformat(), "with_time": with_time}
            )
        return tuple(entry for entry in self.requests() if entry.z_nr in z_nrs)

    def requests(self) -> tuple[ResendRequest, ...]:
        """What is still to be sent again, in the order of Z numbers."""
        return tuple(
            ResendRequest(number, z_nr, date.fromisoformat(day), bool(with_time), asked_at)
            for number, z_nr, day, with_time, asked_at in self._store.rows(
                "SELECT request_id, z_nr, business_day, with_time, asked_at"
                " FROM resend_requests WHERE done = 0 ORDER BY z_nr"
            )
        )

    def done(self, request_ids: tuple[int, ...]) -> None:
        """These were sent."""
        with self._store.transaction() as db:
            db.executemany(
                "UPDATE resend_requests SET done = 1 WHERE request_id = ?",
                [(number,) for number in request_ids],
            )
