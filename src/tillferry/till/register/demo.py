"""A bar to try the till with: articles, and three cashiers whose PINs stand here.

============  =====  ==================================
person        PIN    may
============  =====  ==================================
1 Anna        1111   sell
2 Ben         2222   sell, cancel, close
3 Chris       3333   sell, cancel, close, settings
============  =====  ==================================
"""

from __future__ import annotations

from typing import Final

from tillferry.till.register.masters import SYSTEM
from tillferry.till.register.register import Register
from tillferry.till.register.values import Address, Article, Group, Person, Role

DEMO_PINS: Final = {"1": "1111", "2": "2222", "3": "3333"}

_PEOPLE: Final = (
    Person("3", "Chris", frozenset(Role)),
    Person("1", "Anna", frozenset({Role.SELL})),
    Person("2", "Ben", frozenset({Role.SELL, Role.CANCEL, Role.CLOSE})),
)
_GROUPS: Final = (
    Group("1", "Getränke", "#1976d2", 1),
    Group("2", "Kaffee & Milch", "#795548", 2),
    Group("3", "Speisen", "#ef6c00", 3),
    Group("4", "Strand", "#00897b", 4),
    Group("8", "Pfand", "#757575", 8),
)
_NO_VAT: Final = 5
_ARTICLES: Final = (
    Article("8001", "Pfand Glas", "8", 200, _NO_VAT, _NO_VAT, is_deposit=True),
    Article("8002", "Pfand Becher", "8", 100, _NO_VAT, _NO_VAT, is_deposit=True),
    Article("8003", "Pfand Flasche", "8", 30, 1, 1, is_deposit=True),
    Article("1001", "Radler 0,5 l", "1", 490, deposit="8003", stock_tracked=True),
    Article("1002", "Mineralwasser 0,5 l", "1", 290, deposit="8003", stock_tracked=True),
    Article("1003", "Weißbier 0,5 l", "1", 520, deposit="8001"),
    Article("1004", "Pils vom Fass 0,4 l", "1", 460, deposit="8001"),
    Article("1005", "Rhabarberschorle", "1", 390, deposit="8001"),
    Article("1006", "Cocktail", "1", 950),
    Article("2001", "Espresso", "2", 240),
    Article("2002", "Latte macchiato", "2", 420, 1, 2, deposit="8002"),
    Article("2003", "Eiskaffee", "2", 620, 1, 2),
    Article("3001", "Pommes frites", "3", 450, 2, 2),
    Article("3002", "Currywurst", "3", 560, 2, 2),
    Article("3003", "Fischbrötchen", "3", 590, 2, 2, stock_tracked=True),
    Article("3004", "Eisbecher", "3", 850, 2, 2),
    Article("3005", "Salat vom Büfett", "3", 1990, 2, 2, unit="kg"),
    Article("4001", "Sonnencreme", "4", 1290, stock_tracked=True),
    Article("4002", "Ansichtskarte", "4", 120, stock_tracked=True),
    Article("4009", "Verschiedenes", "4", 0, open_price=True),
)


def demo_setup(register: Register) -> None:
    """Fill an empty till. Who it belongs to is left as it is where it is set already.

    ``person_unknown`` where the till has people already: this is for new tills only.
    """
    settings = register.masters.settings()
    changes: dict[str, object] = {}
    if not settings.company.name:
        changes["company"] = Address("Strandgut GmbH", "Deichstraße 5", "26506", "Norden")
    if not settings.outlet.name:
        changes["outlet"] = Address("Strandbar Nord", "Nordstrand 1", "26548", "Norderney")
    if not (settings.stnr or settings.ustid):
        changes["stnr"] = "21/815/08150"
    if not settings.serial:
        changes["serial"] = f"DEMO-{register.installation[:8].upper()}"
    footer = "Vielen Dank und bis bald!"
    register.masters.change(SYSTEM, **changes, receipt_footer=footer)
    for group in _GROUPS:
        register.masters.save_group(SYSTEM, group)
    for article in _ARTICLES:
        register.masters.save_article(SYSTEM, article)
    chief = _PEOPLE[0].person_id
    for person in _PEOPLE:
        by = SYSTEM if person.person_id == chief else chief
        register.people.save(by, person, DEMO_PINS[person.person_id])
