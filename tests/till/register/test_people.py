"""PINs, roles, locks and settings, each with its trace."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.till.register.helpers import ANNA, BEN, CHRIS, Clock, open_register
from tillferry.errors import TillferryError
from tillferry.till.register.demo import DEMO_PINS
from tillferry.till.register.register import Register
from tillferry.till.register.values import (
    Article,
    Group,
    PaymentMethod,
    Person,
    Role,
    VatRate,
)


def test_the_demo_pins(register: Register) -> None:
    for person_id, pin in DEMO_PINS.items():
        assert register.people.sign_in(person_id, pin).person_id == person_id


def test_wrong_pins_lock_for_a_while(register: Register, clock: Clock) -> None:
    for left in (4, 3, 2, 1):
        with pytest.raises(TillferryError, match="pin_wrong") as caught:
            register.people.sign_in(ANNA, "0000")
        assert caught.value.params["left"] == str(left)
    for pin in ("0000", "1111"):
        with pytest.raises(TillferryError, match="person_locked"):
            register.people.sign_in(ANNA, pin)
    assert register.audit()[-1].kind == "locked"
    clock.turn(minutes=15)
    with pytest.raises(TillferryError, match="pin_wrong") as caught:
        register.people.sign_in(ANNA, "")
    assert caught.value.params["left"] == "4"
    register.people.sign_in(ANNA, "1111")


def test_a_right_pin_starts_the_count_anew(register: Register) -> None:
    for _ in range(2):
        for _ in range(4):
            with pytest.raises(TillferryError, match="pin_wrong"):
                register.people.sign_in(ANNA, "0000")
        register.people.sign_in(ANNA, "1111")


def test_a_lock_is_lifted_by_who_may(register: Register) -> None:
    for _ in range(5):
        with pytest.raises(TillferryError):
            register.people.sign_in(ANNA, "0000")
    with pytest.raises(TillferryError, match="role_missing"):
        register.people.unlock(BEN, ANNA)
    register.people.unlock(CHRIS, ANNA)
    register.people.sign_in(ANNA, "1111")


def test_a_new_pin(register: Register, tmp_path: Path) -> None:
    anna = register.people.get(ANNA)
    register.people.save(CHRIS, anna, "98765")
    register.people.sign_in(ANNA, "98765")
    with pytest.raises(TillferryError, match="pin_wrong"):
        register.people.sign_in(ANNA, "1111")
    assert register.audit()[-1].data["new_pin"] is True
    stored = (tmp_path / "till" / "till.sqlite").read_bytes()
    assert b"98765" not in stored


@pytest.mark.parametrize("pin", ["", "123", "abcd"])
def test_pins_that_are_none(register: Register, pin: str) -> None:
    with pytest.raises(TillferryError, match="pin_too_short"):
        register.people.save(CHRIS, Person("9", "Neu", frozenset({Role.SELL})), pin)


def test_who_left_may_nothing(register: Register) -> None:
    register.people.save(CHRIS, Person(BEN, "Ben", frozenset(Role), active=False))
    with pytest.raises(TillferryError, match="person_left"):
        register.people.sign_in(BEN, "2222")
    with pytest.raises(TillferryError, match="person_left"):
        register.days.close("k", BEN)


def test_somebody_may_always_change_the_settings(register: Register) -> None:
    with pytest.raises(TillferryError, match="last_settings_person"):
        register.people.save(CHRIS, Person(CHRIS, "Chris", frozenset({Role.SELL})))
    assert Role.SETTINGS in register.people.get(CHRIS).roles


@pytest.mark.parametrize("by", [ANNA, BEN, "", "nobody"])
def test_settings_need_the_role(register: Register, by: str) -> None:
    with pytest.raises(TillferryError, match=r"role_missing|person_unknown"):
        register.masters.change(by, receipt_footer="hallo")
    with pytest.raises(TillferryError, match=r"role_missing|person_unknown"):
        register.masters.save_article(by, Article("9", "x", "1", 1))
    with pytest.raises(TillferryError, match=r"role_missing|person_unknown"):
        register.people.save(by, Person("9", "Neu", frozenset()), "1234")


def test_every_setting_leaves_a_trace(register: Register) -> None:
    before = len(register.audit())
    register.masters.change(CHRIS, receipt_footer="hallo", pin_tries=3)
    register.masters.change(CHRIS, receipt_footer="hallo")
    (entry,) = register.audit()[before:]
    assert (entry.person, entry.kind) == (CHRIS, "settings")
    assert entry.data["pin_tries"] == {"before": 5, "after": 3}


def test_settings_last(register: Register, tmp_path: Path, clock: Clock) -> None:
    methods = (PaymentMethod("Visa", "Kreditkarte"),)
    register.masters.change(CHRIS, payment_methods=methods)
    with open_register(tmp_path / "till", clock) as other:
        assert other.masters.settings().payment_methods == methods


@pytest.mark.parametrize(
    "change",
    [
        {"timezone": "Mars/Nord"},
        {"auto_close_at": "25:00"},
        {"printer": "usb"},
        {"tse": "magic"},
        {"pin_tries": 0},
        {"vat": (VatRate(1, 1900, "a"), VatRate(1, 700, "b"), VatRate(5, 0, "c"))},
        {"vat": (VatRate(1, 1900, "a"),)},
        {"payment_methods": (PaymentMethod("Bar", "Bar"),)},
        {"payment_methods": (PaymentMethod("x", "Muscheln"),)},
        {"serial": "x" * 71},
    ],
)
def test_settings_that_cannot_be(register: Register, change: dict[str, object]) -> None:
    with pytest.raises(TillferryError, match="setting_wrong"):
        register.masters.change(CHRIS, **change)


def test_articles(register: Register) -> None:
    register.masters.save_article(CHRIS, Article("9", "Tee", "2", 300, stock_tracked=True))
    assert register.masters.article("9").text == "Tee"
    register.masters.save_article(CHRIS, Article("9", "Tee", "2", 300, active=False))
    with pytest.raises(TillferryError, match="article_unknown"):
        register.masters.article("9")
    assert "9" not in {article.number for article in register.masters.articles()}
    for article, code in (
        (Article("9", "Tee", "2", 300, vat_here=77), "vat_key_unknown_here"),
        (Article("9", "Tee", "2", 300, deposit="3001"), "deposit_unknown"),
    ):
        with pytest.raises(TillferryError, match=code):
            register.masters.save_article(CHRIS, article)


def test_groups_come_in_the_order_of_the_page(register: Register) -> None:
    names = [group.name for group in register.masters.groups()]
    assert names == ["Getränke", "Kaffee & Milch", "Speisen", "Strand", "Pfand"]


@pytest.mark.parametrize(
    "article",
    [
        Article("", "Tee", "2", 300),
        Article("9", " ", "2", 300),
        Article("9", "Tee", "2", -1),
        Article("9" * 51, "Tee", "2", 300),
    ],
)
def test_articles_that_fit_into_no_column(register: Register, article: Article) -> None:
    with pytest.raises(TillferryError, match="setting_wrong"):
        register.masters.save_article(CHRIS, article)


def test_groups_and_people_that_fit_into_no_column(register: Register) -> None:
    for group in (Group("", "x"), Group("9", "x", "red")):
        with pytest.raises(TillferryError, match="setting_wrong"):
            register.masters.save_group(CHRIS, group)
    with pytest.raises(TillferryError, match="setting_wrong"):
        register.people.save(CHRIS, Person("9", "x" * 51, frozenset()), "1234")
