"""What the golden letter and enrolment of version 1 say."""

from __future__ import annotations

from typing import Final

from tests.formats.bundles import CREATED_AT, OFFICE, SECRET
from tillferry.formats.documents import Enrolment, LastBundle, Letter, Resend

ENROLMENT: Final = Enrolment(
    office_number="1000",
    office_name="Zentrale",
    office_age=OFFICE.age,
    office_key=OFFICE.public_key,
    customer_number="1001",
    name="Strandbar Süd",
    secret=SECRET,
    created_at=CREATED_AT,
    serial="SER-1",
)
LETTER: Final = Letter(
    office_number="1000",
    customer_number="1001",
    sequence=17,
    created_at=CREATED_AT,
    serial="SER-1",
    through=((1, 38), (40, 42)),
    missing=((39, 39),),
    resend=(Resend(12, ("time", "stock")),),
    last_bundle=LastBundle(7, "ab" * 32),
    rejected=((43, "digest_differs"),),
    settings={"closing": {"at": "03:00"}},
    master_data={"articles": [{"name": "Weißbier 0,5 l", "no": "1", "price_cents": 480}]},
)
