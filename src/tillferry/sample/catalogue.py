"""What the sample's beach bars sell, where they stand, and who buys there.

German VAT of 2026: drinks 19 %, food 7 % here and to take away; drinks that are mostly milk 19 %
here but 7 % to take away, so INHAUS decides. The deposit of a bottle shares the rate of what is
in it; the deposit of a glass or cup is a mere security and not taxable.
"""

from __future__ import annotations

from dataclasses import dataclass

GENERAL, REDUCED, NOT_TAXABLE = 1, 2, 5
"""UST_SCHLUESSEL of the rates in use."""

RATES = {GENERAL: 1900, REDUCED: 700, NOT_TAXABLE: 0}
"""VAT rates with two decimals."""

RATE_NAMES = {
    GENERAL: "Regelsteuersatz",
    REDUCED: "Ermäßigter Steuersatz",
    NOT_TAXABLE: "Nicht steuerbar",
}


@dataclass(frozen=True, slots=True)
class Article:
    """One article; the price in cents, multiples of 10 so that discounts stay whole cents.

    ``here`` and ``away`` are the VAT keys by INHAUS. ``deposit`` names the deposit that is sold
    with it to take away. ``parts`` are the articles of a menu. ``unit`` other than pieces means
    that the quantity is weighed.
    """

    number: str
    text: str
    group_id: str
    group: str
    price: int
    here: int
    away: int
    gtin: str | None = None
    deposit: str | None = None
    unit: str | None = None
    parts: tuple[str, ...] = ()


def _drink(number: str, text: str, price: int, deposit: str | None = "8001") -> Article:
    return Article(number, text, "1", "Getränke", price, GENERAL, GENERAL, None, deposit)


def _milk(number: str, text: str, price: int) -> Article:
    return Article(number, text, "2", "Milchgetränke", price, GENERAL, REDUCED, None, "8002")


def _food(number: str, text: str, price: int, *parts: str, unit: str | None = None) -> Article:
    return Article(
        number, text, "3", "Speisen", price, REDUCED, REDUCED, None, None, unit, tuple(parts)
    )


_ALL = (
    Article("1001", "Radler 0,5 l", "1", "Getränke", 490, 1, 1, "4012345678901", "8003"),
    Article("1002", "Mineralwasser 0,5 l", "1", "Getränke", 290, 1, 1, "4012345678918", "8003"),
    _drink("1003", "Weißbier 0,5 l", 520),
    _drink("1004", "Pils vom Fass 0,4 l", 460),
    _drink("1005", "Rhabarberschorle", 390),
    _drink("1006", 'Cocktail "Sonnenuntergang"', 950),
    _drink("1007", "Espresso", 240, None),
    _drink("1008", "Weinschorle; weiß, süß", 580),
    _milk("2001", "Latte macchiato", 420),
    _milk("2002", "Milchshake Erdbeere", 550),
    _milk("2003", "Eiskaffee", 620),
    _food("3001", "Pommes frites", 450),
    _food("3002", "Fischbrötchen Matjes", 590),
    _food("3003", "Currywurst", 560),
    _food("3004", "Eisbecher Küstenglück", 850),
    _food("3005", "Salat vom Büfett", 1990, unit="kg"),
    _food("3006", "Flammkuchen\nmit Zwiebeln & Speck", 1090),
    _food("3007", "Backfisch (Kabeljau)", 890),
    _food("3008", "Kindermenü", 980, "3001", "3003"),
    _food("3009", "Käsespätzle", 1150),
    Article("4001", "Sonnencreme LSF 50", "4", "Strandbedarf", 1290, 1, 1, "4098765432106"),
    Article("4002", "Ansichtskarte Strand", "4", "Strandbedarf", 120, 1, 1, "4098765432113"),
)
DEPOSITS = (
    Article("8001", "Pfand Glas", "8", "Pfand", 200, NOT_TAXABLE, NOT_TAXABLE),
    Article("8002", "Pfand Becher", "8", "Pfand", 100, NOT_TAXABLE, NOT_TAXABLE),
    Article("8003", "Pfand Flasche", "8", "Pfand", 30, GENERAL, GENERAL),
)
BY_NUMBER = {article.number: article for article in (*_ALL, *DEPOSITS)}

# Rare ones once, common ones several times: picked with equal chance.
_RARE = {"1006", "1008", "3005", "3006", "3008", "4001", "4002"}
MENU_CARD = tuple(article for article in _ALL for _ in range(1 if article.number in _RARE else 3))

SUNDAE = BY_NUMBER["3004"]
"""What the single-purpose voucher is for: its rate is known when it is sold."""

CARDS = (
    ("ECKarte", "girocard"),
    ("ECKarte", "girocard"),
    ("ECKarte", "girocard"),
    ("Kreditkarte", "Mastercard"),
    ("Kreditkarte", "Visa"),
    ("ElZahlungsdienstleister", "PayPal"),
    ("Unbar", "Essensmarke"),
)

CUSTOMERS = (
    ("Segelverein Nordstrand e. V.", "10021", "Verein", "Hafenstraße 3", "25845", "Nordstrand"),
    ("Reederei Möwe GmbH & Co. KG", "10022", "Firma", "Am Kai 11", "26506", "Norden"),
    ('Hotel "Zur Düne"', "10023", "Firma", "Dünenweg 1; Hinterhaus", "26757", "Borkum"),
)

PLACES = (
    ("Strandbar Nord", "Nordstrand 1", "26548", "Norderney"),
    ("Strandbar Süd", "Südpromenade 12", "26757", "Borkum"),
    ("Strandbar Hafen", "Am Alten Hafen 4", "26465", "Langeoog"),
    ("Strandbar Düne", "Dünenübergang 7", "25980", "Sylt"),
    ("Strandbar Seebrücke", "Strandallee 99", "23669", "Timmendorfer Strand"),
)


def place(till: int) -> tuple[str, str, str, str]:
    """Name, street, postcode and town of the outlet of a till."""
    name, *address = PLACES[(till - 1) % len(PLACES)]
    turn = (till - 1) // len(PLACES)
    street, postcode, town = address
    return (f"{name} {turn + 1}" if turn else name), street, postcode, town
