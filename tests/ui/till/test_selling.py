"""The register in a browser: selling, orders, cancelling, training, cash."""

from __future__ import annotations

from tests.ui.till.page import Place, TillPage


def test_sell_for_cash_and_see_the_change(till: TillPage) -> None:
    till.sign_in()
    till.press("cash", "float")
    till.type("pad", "150")
    till.press("yes")
    till.says("paper", "Anfangsbestand")
    till.press("close")
    till.sell("1001", "1001", "1003")
    till.says("sum", "17,60")
    till.press("pay")
    till.says("due", "17,60")
    till.press("note-20")
    till.says("due", "2,40")
    till.shot("pay-cash")
    till.press("book")
    till.sees("Rückgeld")
    receipt = till.at("paper").inner_text()
    till.shot("receipt")
    assert "Bar gegeben" in receipt and "20,00" in receipt
    assert "Rückgeld" in receipt and "2,40" in receipt
    assert "Pfand Flasche" in receipt and "Keine TSE angeschlossen" in receipt


def test_several_payments_and_a_tip(till: TillPage) -> None:
    till.sign_in()
    till.sell("1006")
    till.press("pay")
    till.type("pay-pad", "1,50")
    till.press("tip")
    till.says("due", "11,00")
    till.type("pay-pad", "4")
    till.press("pay-cash")
    till.says("due", "7,00")
    till.press("card-girocard")
    receipt = till.at("paper").inner_text()
    assert "Trinkgeld" in receipt and "girocard" in receipt and "7,00" in receipt


def test_a_voucher_is_sold_and_redeemed(till: TillPage) -> None:
    till.sign_in()
    till.press("voucher")
    till.type("text", "G-17")
    till.press("yes")
    till.type("pad", "20")
    till.press("yes")
    till.says("sum", "20,00")
    assert "G-17" in till.paid("pay-exact")
    till.sell("1006")
    till.press("pay", "pay-voucher")
    till.type("text", "G-17")
    till.press("yes")
    till.says("due", "0,00")
    till.press("book")
    assert "Einlösung Gutschein" in till.at("paper").inner_text()


def test_discount_takeaway_and_a_deposit_that_comes_back(till: TillPage) -> None:
    till.sign_in()
    till.press("group-2", "article-2002", "here")
    till.says("here", "Mitnehmen")
    till.press("line", "line-off", "percent-10")
    till.says("lines", "statt 4,20")
    till.press("group-8", "return-8001")
    till.says("sum", "2,78")
    till.shot("basket")
    receipt = till.paid("pay-exact")
    assert "3,78 2" in receipt and "-2,00" in receipt


def test_quantity_weight_and_open_price(till: TillPage) -> None:
    till.sign_in()
    till.press("quantity")
    till.type("pad", "3")
    till.press("yes")
    till.says("quantity", "3 ×")
    till.sell("1006")
    till.says("sum", "28,50")
    till.press("group-3", "article-3005")
    till.type("pad", "0,25")
    till.press("yes")
    till.says("lines", "0,250kg")
    till.press("group-4", "article-4009")
    till.type("pad", "1,20")
    till.press("yes")
    till.says("sum", "34,68")
    till.press("line", "line-remove")
    till.says("sum", "33,48")
    till.press("clear", "yes")
    till.says("lines", "Tippen Sie")


def test_order_first_pay_later(till: TillPage) -> None:
    till.sign_in()
    till.press("table")
    till.type("table-name", "Strandkorb 7")
    till.press("yes")
    till.says("table", "Strandkorb 7")
    till.sell("1005")
    till.press("order")
    till.sees("Bestellt: Tisch Strandkorb 7")
    till.press("orders", "pay-table-Strandkorb 7")
    till.says("lines", "Rhabarberschorle")
    till.sell("1006")
    till.says("sum", "15,40")
    receipt = till.paid("pay-exact")
    assert "Tisch Strandkorb 7" in receipt and "Rhabarberschorle" in receipt
    till.press("orders")
    till.sees("Nichts ist offen.")


def test_cancelling_needs_the_right_and_a_reason(till: TillPage) -> None:
    till.sign_in("1")
    till.sell("1006")
    till.paid("pay-exact")
    till.press("receipts")
    till.sees("Zum Stornieren meldet sich jemand an")
    assert till.page.get_by_role("button", name="Stornieren").count() == 0
    till.press("close", "lock")
    till.sign_in("2")
    till.press("receipts")
    newest = till.at("receipt-row").first
    newest.get_by_role("button", name="Stornieren").click()
    till.press("yes")
    till.sees("Ein Storno braucht einen Grund.")
    till.press("error-ok", "receipts")
    newest.get_by_role("button", name="Stornieren").click()
    till.page.get_by_role("button", name="Vertippt").click()
    till.says("paper", "*** STORNO ***")
    till.says("paper", "Vertippt")


def test_training_counts_nowhere(till: TillPage) -> None:
    till.sign_in()
    till.go("reports")
    till.press("x-report")
    before = till.at("report").inner_text()
    till.press("close")
    till.go("sell")
    till.press("training")
    till.sees("TRAINING – ZÄHLT NICHT")
    till.sell("1006")
    till.shot("training")
    assert "TRAINING - KEIN BELEG" in till.paid("pay-exact")
    till.press("training")
    till.page.locator(".desk-training").wait_for(state="detached")
    till.go("reports")
    till.press("x-report")
    after = till.at("report").inner_text().replace("Training\n1", "Training\n0")
    assert after.splitlines()[2:] == before.splitlines()[2:]


def test_the_keyboard_is_enough(till: TillPage) -> None:
    till.press("person-3")
    till.at("pin").focus()
    till.page.keyboard.type("3333\n")
    till.at("strip").wait_for()
    till.at("article-1006").focus()
    till.page.keyboard.press("Enter")
    till.says("sum", "9,50")
    till.at("line").focus()
    till.page.keyboard.press("Enter")
    till.at("less").wait_for()
    till.at("more").focus()
    till.page.keyboard.press("Enter")
    till.says("sum", "19,00")


def test_a_deposit_alone_is_paid_out(till: TillPage) -> None:
    till.sign_in()
    till.press("group-8", "return-8001")
    till.says("sum", "−2,00")
    till.press("pay")
    till.sees("Auszahlen")
    till.says("due", "2,00")
    till.press("book")
    till.says("paper", "-2,00")


def test_a_discount_on_the_receipt_comes_and_goes(till: TillPage) -> None:
    till.sign_in()
    till.sell("1006")
    till.press("discount", "percent-10")
    till.says("sum", "8,55")
    till.press("discount")
    till.type("pad", "20")
    till.press("as-amount")
    till.sees("Dieser Rabatt geht nicht")
    till.press("error-ok")
    till.says("sum", "8,55")
    till.press("discount")
    till.page.get_by_role("button", name="Kein Rabatt").click()
    till.says("sum", "9,50")


def test_what_was_shown_as_booked_is_there_after_the_plug_was_pulled(
    place: Place, till: TillPage
) -> None:
    till.sign_in()
    till.sell("1004")
    till.press("pay", "pay-exact")
    number = till.at("paper").inner_text().split("Beleg ")[1].split()[0]
    place.server.kill()
    place.restart()
    till.page.goto(place.server.url)
    till.sign_in()
    till.press("receipts", "receipt-number")
    till.type("pad", number)
    till.press("yes")
    till.says("paper", "Pils vom Fass")
