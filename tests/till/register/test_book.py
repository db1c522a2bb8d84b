"""What a program books as JSON, and its schema."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from tests.till.register.helpers import BEN, key, remarks
from tillferry.errors import TillferryError, message
from tillferry.till.register.book import book_json, book_schema, read_document
from tillferry.till.register.register import Register
from tillferry.till.register.shape import shape_findings

DOCS = Path(__file__).parents[3] / "docs"

DOCUMENT: dict[str, Any] = {
    "format": "tillferry-book",
    "version": 1,
    "cash": [
        {"id": "c-1", "employee": "1", "kind": "opening_float", "amount": "150.00"},
        {"id": "c-2", "employee": "1", "kind": "bank", "amount": "-20", "text": "Bank"},
    ],
    "receipts": [
        {
            "id": "r-1",
            "employee": "1",
            "lines": [
                {"article": "1001", "quantity": "2", "deposit": False},
                {"article": "8003", "returned": True},
                {
                    "text": "Boot",
                    "article_no": "B7",
                    "price": "12.50",
                    "vat_key": 1,
                    "group": "Verleih",
                    "discount": {"percent": "10", "name": "Verein"},
                },
                {"voucher": "G-1", "amount": "10"},
            ],
            "payments": [{"method": "girocard", "amount": "5"}, {"cash": "50"}],
            "tip": "0.50",
            "in_house": False,
            "started": "2026-06-01T09:58:00+02:00",
            "note": "Steg 3",
        },
        {
            "id": "r-2",
            "employee": "1",
            "type": "order",
            "table": "4",
            "lines": [{"article": "3001"}],
        },
        {
            "id": "r-3",
            "employee": "1",
            "table": "4",
            "lines": [],
            "payments": [{"voucher": "G-1", "amount": "4.50"}],
        },
        {
            "id": "r-4",
            "employee": "1",
            "type": "training",
            "lines": [{"article": "3001"}],
            "payments": [{"cash": "4.50"}],
        },
    ],
    "cancellations": [
        {"id": "x-1", "employee": "2", "receipt": "r-1", "reason": "doppelt gebucht"}
    ],
    "time_entries": [
        {"id": "t-1", "employee": "1", "start": "2026-06-01T08:00:00+02:00", "activity": "Steg"},
        {
            "id": "t-2",
            "employee": "1",
            "start": "2026-06-01T08:00:00+02:00",
            "end": "2026-06-01T09:30:00+02:00",
            "break_minutes": 15,
            "corrects": "t-1",
            "note": "vergessen",
        },
    ],
    "stock_movements": [
        {
            "id": "s-1",
            "employee": "1",
            "kind": "goods_in",
            "article": "1001",
            "quantity": "24",
            "cost": "12.00",
            "unit": "Flasche",
            "time": "2026-06-01T07:00:00Z",
            "note": "Lieferung",
        }
    ],
}
IDS = {
    entry["id"] for section in DOCUMENT.values() if isinstance(section, list) for entry in section
}


def document() -> dict[str, Any]:
    return copy.deepcopy(DOCUMENT)


def test_a_document_is_booked_once(register: Register) -> None:
    first = book_json(register, document())
    assert first.findings == ()
    assert set(first.booked) == IDS
    again = book_json(register, document())
    assert (again.booked, set(again.known)) == ((), IDS)
    receipt = register.sales.today()[2]
    assert receipt.start == "2026-06-01T09:58:00+02:00"
    assert [line.gross for line in receipt.lines] == [980, -30, 1125, 1000, 50]
    assert register.sales.cancelled_by(receipt.bon_id) != ""
    assert register.sales.open_orders() == {}
    register.days.close(key(), BEN)
    assert remarks(register.closing_batch(1)) == set()


def test_a_document_that_grew_books_what_is_new(register: Register) -> None:
    small = document()
    del small["time_entries"], small["cancellations"]
    book_json(register, small)
    booked = book_json(register, document())
    assert set(booked.booked) == {"x-1", "t-1", "t-2"}


@pytest.mark.parametrize(
    ("change", "path", "code"),
    [
        (lambda d: d["receipts"][0].update(employee="9"), "receipts[0]", "person_unknown"),
        (lambda d: d["receipts"][0].update(payments=[]), "receipts[0]", "payment_too_little"),
        (lambda d: d["cancellations"][0].update(receipt="r-9"), "cancellations[0]",
         "receipt_unknown"),
        (lambda d: d["cancellations"][0].update(employee="1"), "cancellations[0]",
         "role_missing"),
        (lambda d: d["receipts"][1].update(id="r-1"), "receipts[1]", "booking_id_reused"),
        (lambda d: d["time_entries"][1].update(break_minutes=500), "time_entries[1]",
         "time_wrong"),
        (lambda d: d["stock_movements"][0].update(article="3001"), "stock_movements[0]",
         "article_not_tracked"),
    ],
)  # fmt: skip
def test_what_cannot_be_booked_leaves_nothing(
    register: Register, change: Any, path: str, code: str
) -> None:
    wrong = document()
    change(wrong)
    (finding,) = book_json(register, wrong).findings
    assert (finding.column, finding.code) == (path, code)
    assert register.sales.today() == ()
    assert register.open_day() is None


@pytest.mark.parametrize(
    ("change", "path", "code"),
    [
        (lambda d: d.pop("format"), "(document)", "book_missing"),
        (lambda d: d.update(version=2), "version", "book_wrong_value"),
        (lambda d: d.update(version=True), "version", "book_wrong_value"),
        (lambda d: d.update(extra=1), "(document)", "book_unknown_name"),
        (lambda d: d["receipts"][0].update(lines={}), "receipts[0].lines", "book_wrong_type"),
        (lambda d: d["receipts"][0]["lines"][0].update(quantity="-1"),
         "receipts[0].lines[0].quantity", "book_wrong_value"),
        (lambda d: d["receipts"][0]["lines"][0].update(text="a", price="1", vat_key=1),
         "receipts[0].lines[0]", "book_shapes"),
        (lambda d: d["receipts"][0]["lines"][2].update(price=12.5),
         "receipts[0].lines[2].price", "book_wrong_type"),
        (lambda d: d["receipts"][0].update(id=""), "receipts[0].id", "book_wrong_value"),
        (lambda d: d["receipts"][0].update(note="\0"), "receipts[0].note", "book_wrong_value"),
        (lambda d: d["receipts"][0].update(note="\ud800"), "receipts[0].note",
         "book_wrong_value"),
        (lambda d: d["time_entries"][0].update(start="2026-06-01T08:00"),
         "time_entries[0].start", "book_wrong_value"),
    ],
)  # fmt: skip
def test_a_wrong_shape_is_named_by_its_path(
    register: Register, change: Any, path: str, code: str
) -> None:
    wrong = document()
    change(wrong)
    (finding,) = book_json(register, wrong).findings
    assert (finding.column, finding.code) == (path, code)
    for lang in ("de", "en"):
        assert path in message(finding.code, lang, dict(finding.params))


def test_the_documented_schema_is_the_one_in_use() -> None:
    documented = json.loads((DOCS / "till-book.schema.json").read_text("utf-8"))
    assert documented == book_schema()
    Draft202012Validator.check_schema(documented)


def test_the_example_of_the_docs_can_be_booked(register: Register) -> None:
    text = (DOCS / "TILL_BOOK.md").read_text("utf-8")
    example = json.loads(text.partition("```json")[2].partition("```")[0])
    assert book_json(register, example).findings == ()


VALIDATOR = Draft202012Validator(dict(book_schema()))
VALUES = st.sampled_from(
    [None, True, False, 0, 1, 1.0, 1.5, -1, 2000, "", "1", "12.50", "-3", "12.500", "x" * 60,
     "sale", "tillferry-book", "2026-06-01T08:00:00+02:00", [], {}, [{}], "1\n"]
)  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    if isinstance(value, dict | list):
        inner = value.items() if isinstance(value, dict) else enumerate(value)
        for name, entry in inner:
            found += places(entry, (*path, name))
    return found


PLACES = places(DOCUMENT)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.tuples(
            st.sampled_from(PLACES),
            st.sampled_from(["set", "drop", "add"]),
            VALUES,
            st.sampled_from(["article", "text", "price", "vat_key", "amount", "voucher", "cash"]),
        ),
        min_size=1,
        max_size=3,
    )
)
def test_own_check_and_schema_agree(changes: list[tuple[Any, ...]]) -> None:
    changed = document()
    for path, act, value, name in changes:
        parent: Any = changed
        try:
            for step in path[:-1]:
                parent = parent[step]
            if act == "set":
                parent[path[-1]] = copy.deepcopy(value)
            elif act == "drop":
                del parent[path[-1]]
            elif isinstance(parent, dict):
                parent[name] = copy.deepcopy(value)
        except (KeyError, IndexError, TypeError):
            continue
    assert (not shape_findings(book_schema(), changed)) == VALIDATOR.is_valid(changed)


def test_files(tmp_path: Path) -> None:
    path = tmp_path / "day.json"
    with pytest.raises(TillferryError, match="path_not_found"):
        read_document(path)
    path.write_text('{\n"a": }')
    with pytest.raises(TillferryError, match="book_not_json") as caught:
        read_document(path)
    assert caught.value.params["line"] == "2"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(TillferryError, match="book_not_json"):
        read_document(path)
    path.write_text(json.dumps(DOCUMENT), encoding="utf-8-sig")
    assert read_document(path) == DOCUMENT
