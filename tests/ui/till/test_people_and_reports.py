"""PINs, time clock, stock, settings, reports, days to send again; also on a phone, in English."""

from __future__ import annotations

import re
from pathlib import Path

from tests.ui.till.page import Place, TillPage
from tillferry.errors import message
from tillferry.wiring.register import opened_register


def wrong(till: TillPage, pin: str = "9999") -> None:
    """Try a PIN that is wrong."""
    till.type("pin", pin)
    till.press("sign-in")


def test_wrong_pins_lock_and_the_chief_unlocks(till: TillPage) -> None:
    till.press("sign-in")
    till.says("refusal", "Wählen Sie zuerst Ihren Namen.")
    till.press("person-1", "sign-in")
    till.says("refusal", "Geben Sie Ihre PIN ein.")
    for left in (4, 3, 2, 1):
        wrong(till)
        till.says("refusal", f"Noch {left} Versuche")
    wrong(till)
    till.says("refusal", "Anna ist nach zu vielen falschen PINs bis")
    till.shot("locked")
    wrong(till, "1111")
    till.says("refusal", "gesperrt")
    till.sign_in("3")
    till.go("settings")
    till.press("settings-people", "unlock-1")
    till.press("settings-audit")
    till.says("audit-row", "Nach falschen PINs gesperrt · Anna")
    till.says("audit-row", "Entsperrt · Chris")
    till.press("lock")
    till.sign_in("1")


def test_settings_are_for_those_who_may(till: TillPage) -> None:
    till.sign_in("1")
    till.go("settings")
    till.sees("Zum Ändern meldet sich jemand an")
    assert till.at("settings-save").count() == 0


def test_a_new_person_and_a_new_price(till: TillPage) -> None:
    till.sign_in()
    till.go("settings")
    till.press("settings-people", "person-add")
    till.type("person-name", "Dora")
    till.type("person-pin", "12")
    till.press("role-sell", "person-save")
    till.sees("Eine PIN hat mindestens 4 Ziffern.")
    till.press("error-ok")
    till.type("person-pin", "4444")
    till.press("person-save")
    till.press("settings-articles", "edit-article-1006")
    till.type("article-price", "9,90")
    till.press("article-save")
    till.press("lock")
    till.sign_in("4")
    till.says("articles", "9,90")


def test_clock_in_break_out_and_a_correction(till: TillPage) -> None:
    # From the door, without the register.
    till.press("clock-door", "clock-2")
    till.type("clock-pin", "1111")
    till.press("in-Theke")
    till.sees("Die PIN ist falsch.")
    till.press("error-ok")
    till.type("clock-pin", "2222")
    till.press("in-Theke")
    till.sees("Ben ist eingestempelt.")
    till.page.reload()
    till.sign_in("3")
    till.go("clock")
    till.says("clock-2", "Theke seit")
    till.shot("clock")
    for key, seen in (("break", "Pause seit"), ("resume", "Theke seit"), ("out", "nicht da")):
        till.press("clock-2")
        till.type("clock-pin", "2222")
        till.press(key)
        till.says("clock-2", seen)
    till.press("time-correct")
    till.type("time-from", "08:00")
    till.type("time-to", "09:30")
    till.type("time-note", "vergessen")
    till.press("time-save")
    till.sees("08:00–09:30 · Pause 0 min · 1:30 h · vergessen")


def test_stock_moves(till: TillPage) -> None:
    till.sign_in()
    till.go("stock")
    till.press("stock-waste")
    till.type("stock-quantity", "2")
    till.press("stock-book")
    till.sees("-2 Stück Radler 0,5 l")
    till.type("stock-quantity", "viele")
    till.press("stock-book")
    till.sees("„viele“ ist keine Zahl, die hier passt.")


def test_x_report_and_its_csv(till: TillPage) -> None:
    till.sign_in()
    till.press("group-3")
    till.sell("3001")
    till.paid("card-girocard")
    till.go("reports")
    till.press("x-report")
    till.says("report", "girocard")
    till.says("report", "Speisen")
    till.shot("x-report")
    with till.page.expect_download() as download:
        till.press("csv")
    text = Path(download.value.path()).read_text(encoding="utf-8-sig")
    assert "total;turnover;1;4,50;" in text


def test_days_to_send_again(place: Place, till: TillPage) -> None:
    till.sign_in()
    till.go("reports")
    with opened_register(place.home) as opened:
        day = opened.register.open_day()
        assert day is not None
    today = day.business_day.replace("-", "")
    for typed, answer in (
        ("12345", "„12345“ ist kein Tag."),
        ("20200101", "Für den 01.01.2020 gibt es an dieser Kasse keine Buchungen."),
        (today, "ist noch nicht abgeschlossen."),
    ):
        for digit in typed:
            till.press(f"reports-pad-{digit}")
        till.press("reports-key")
        till.sees(answer)
        till.press("error-ok")
        till.gone("error-ok")
    till.go("close")
    till.press("close-day", "yes", "later")
    till.go("reports")
    till.type("reports-pad", today)
    till.press("reports-key")
    till.sees("Sollen die Zeitbuchungen dieses Tages mitgehen?")
    till.shot("resend")
    till.press("resend-without")
    till.sees("ohne Zeitbuchungen.")
    with opened_register(place.home) as opened:
        (waiting,) = opened.standing().waiting
    assert waiting.asked_again
    till.press("z-1")
    till.says("report", "Z 1")
    till.press("close")
    till.press("times", "yes")
    till.says("report", "1:30")


def test_on_a_phone(phone: TillPage) -> None:
    phone.sign_in()
    phone.sell("1006", "1001")
    phone.says("to-basket", "(2)")
    phone.shot("phone-articles")
    phone.press("to-basket")
    phone.says("lines", "Radler")
    phone.shot("phone-basket")
    phone.press("pay")
    phone.press("note-20")
    phone.says("due", "4,90")
    phone.shot("phone-pay")
    phone.press("book")
    phone.says("paper", "Rückgeld")
    phone.shot("phone-receipt")
    width = phone.page.evaluate("document.documentElement.scrollWidth")
    assert width <= 390


def test_both_languages(till: TillPage) -> None:
    till.press("language")
    till.sees("Who are you?")
    till.sign_in()
    till.says("strip", "Head office: nothing acknowledged yet")
    till.shot("english")
    till.press("hand-over")
    till.says("sentence", message("handover_waiting", "en"))
    till.press("later")
    till.gone("later")
    till.press("language")
    till.says("strip", "Zentrale: noch nichts bestätigt")


def test_a_long_report_goes_over_as_many_sheets_as_it_takes(till: TillPage) -> None:
    till.sign_in()
    till.go("reports")
    till.press("x-report")
    till.says("report", "X-Bericht")
    report = till.at("report").element_handle()
    report.evaluate("part => part.style.height = '3000px'")
    paper = till.page.pdf(format="A6")
    sheets = max(int(count) for count in re.findall(rb"/Count (\d+)", paper))
    assert sheets >= 5
    till.page.emulate_media(media="print")
    assert not till.page.locator(".desk").is_visible()
    assert not till.at("csv").is_visible()
