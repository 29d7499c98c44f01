"""What the invented distributor sells: categories and products, as plain tables.

Kept apart from the shop's machinery so that it reads as a price list. Prices are in euro without tax, except on the
website "direct", where the same figure is the price with tax. Discounted ranges have prices that stay exact to the
cent under their agreements (5 % and 12 %), so that shop and contract can agree to the cent.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from .tax import REDUCED_GOODS, STANDARD_GOODS

ENABLED, DISABLED = 1, 2
NOT_ALONE, EVERYWHERE = 1, 4
HOSES = "Schläuche"
SIZE_ATTRIBUTE = ("137", "hose_size", "Nennweite")

# id, parent id, name; 1 is Magento's invisible root
CATEGORIES = (
    (1, 0, "Root Catalog"),
    (2, 1, "Sortiment"),
    (10, 2, "Pumpen"),
    (11, 2, HOSES),
    (12, 2, "Armaturen"),
    (13, 2, "Befestigung und Dichtung"),
    (14, 2, "Fachbücher"),
    (15, 2, "Dienstleistungen"),
    (16, 2, "Steuerungen"),
    (17, 2, "Sets"),
)
CATEGORY_NAMES = {identifier: name for identifier, _parent, name in CATEGORIES}


@dataclass(frozen=True, slots=True)
class Product:
    """One product. ``weee``: fixed product tax per unit in euro; ``parts``: a bundle's (title, sku, quantity).

    ``ships_together``: whether a bundle is shipped as a whole.
    """

    id: int
    sku: str
    name: str
    price: Decimal
    category_id: int
    type_id: str = "simple"
    tax_class_id: int = STANDARD_GOODS
    weight: Decimal = Decimal(1)
    decimal_quantity: bool = False
    weee: Decimal = Decimal(0)
    status: int = ENABLED
    visibility: int = EVERYWHERE
    websites: tuple[int, ...] = (1, 2)
    size: str = ""
    variants: tuple[str, ...] = ()
    parts: tuple[tuple[str, str, int], ...] = ()
    ships_together: bool = False

    @property
    def virtual(self):
        return self.type_id == "virtual"

    @property
    def category(self):
        return CATEGORY_NAMES[self.category_id]


def _goods(category_id, *rows, **common):
    return [(sku, name, Decimal(price), category_id, {**common, **extra}) for sku, name, price, extra in rows]


_ROWS = (
    *_goods(
        10,
        ("PU-100", "Kreiselpumpe K100", "249.50", {"weight": Decimal(12)}),
        ("PU-200", "Kreiselpumpe K200", "389.00", {"weight": Decimal(19)}),
        ("PU-300", "Kreiselpumpe K300 Edelstahl", "742.25", {"weight": Decimal(27)}),
        ("PU-TP50", "Tauchpumpe TP50", "129.75", {"weight": Decimal(6)}),
        ("PU-DOS5", "Dosierpumpe D5", "318.00", {"weight": Decimal(4)}),
        ("PU-HAND", "Handfasspumpe", "46.50", {}),
        ("PU-RAD", "Laufrad K-Serie", "27.25", {}),
        ("PU-ALT", "Kreiselpumpe K90 (ausgelaufen)", "199.00", {"status": DISABLED}),
    ),
    *_goods(
        11,
        ("SL-DR13", "Druckschlauch 13 mm, 10 m", "20.00", {}),
        ("SL-DR19", "Druckschlauch 19 mm, 25 m", "58.00", {}),
        ("SL-SP25", "Spiralschlauch 25 mm, 5 m", "34.00", {}),
        ("SL-SAUG50", "Saugschlauch 50 mm, 5 m", "61.00", {}),
        ("SL-CHEM", "Chemieschlauch 19 mm, 10 m", "112.00", {}),
        ("SL-FLEX-13", "Flexschlauch 13 mm", "22.40", {"size": "13", "visibility": NOT_ALONE}),
        ("SL-FLEX-19", "Flexschlauch 19 mm", "27.80", {"size": "19", "visibility": NOT_ALONE}),
        ("SL-FLEX-25", "Flexschlauch 25 mm", "33.60", {"size": "25", "visibility": NOT_ALONE}),
        (
            "SL-FLEX",
            "Flexschlauch",
            "0",
            {"type_id": "configurable", "variants": ("SL-FLEX-13", "SL-FLEX-19", "SL-FLEX-25")},
        ),
    ),
    *_goods(
        12,
        ("AR-KH12", "Kugelhahn 1/2 Zoll", "10.80", {}),
        ("AR-KH 3/4", "Kugelhahn 3/4 Zoll", "14.25", {}),
        ("AR-RV1", "Rückschlagventil 1 Zoll", "10.00", {}),
        ("AR-MV24", "Magnetventil 24 V", "86.50", {}),
        ("AR-DM", "Druckminderer", "54.75", {}),
        ("AR-SI", "Sicherheitsventil 6 bar", "39.50", {}),
        ("AR-MAN", "Manometer 0-10 bar", "18.25", {}),
        ("AR-SF", "Schmutzfänger DN 25", "23.75", {}),
    ),
    *_goods(
        13,
        ("BF-U6", "Unterlegscheibe M6", "0.0275", {"weight": Decimal("0.001")}),
        ("BF-M8", "Sechskantschraube M8 x 30", "0.1199", {"weight": Decimal("0.012")}),
        ("BF-OR", "O-Ring-Satz NBR", "7.25", {}),
        ("BF-FD", "Flachdichtung DN 50", "3.50", {}),
        ("BF-PTFE", "PTFE-Band", "2.25", {}),
        ("BF-SCH", "Schlauchschelle 16-27 mm", "1.75", {}),
        ("BF-PE-M", "PE-Rohr 32 mm, je Meter", "2.35", {"decimal_quantity": True}),
        ("ÖL ISO 46/5", "Hydrauliköl ISO VG 46, 5 l", "31.75", {"weight": Decimal("4.5")}),
    ),
    *_goods(
        14,
        ("FB-PUMP", "Handbuch Pumpentechnik", "42.00", {}),
        ("FB-TAB", "Tabellenbuch Rohrleitungsbau", "25.50", {}),
        ("FB-NORM", "Normensammlung Armaturen", "118.00", {}),
        tax_class_id=REDUCED_GOODS,
    ),
    *_goods(
        15,
        ("DL-STD", "Servicestunde", "85.00", {}),
        ("DL-INB", "Inbetriebnahme pauschal", "390.00", {}),
        ("DL-FERN", "Fernwartung, ein Monat", "49.00", {}),
        type_id="virtual",
    ),
    *_goods(
        16,
        ("ST-FU1", "Frequenzumrichter 1,5 kW", "412.00", {"weee": Decimal("2.50")}),
        ("ST-DIS", "Anzeigegerät Durchfluss", "96.00", {"weee": Decimal("1.00")}),
        websites=(1,),
    ),
    *_goods(
        17,
        (
            "SET-START",
            "Starterset Pumpe",
            "0",
            {
                "type_id": "bundle",
                "weight": Decimal(0),
                "parts": (("Pumpe", "PU-100", 1), ("Schlauch", "SL-DR13", 2), ("Schellen", "BF-SCH", 4)),
            },
        ),
        (
            "SET-DICHT",
            "Dichtungsset",
            "0",
            {
                "type_id": "bundle",
                "weight": Decimal(0),
                "parts": (("O-Ringe", "BF-OR", 1), ("Flachdichtungen", "BF-FD", 2)),
                "ships_together": True,
            },
        ),
    ),
)
PRODUCTS = tuple(
    Product(number, sku, name, price, category_id, **extra)
    for number, (sku, name, price, category_id, extra) in enumerate(_ROWS, start=1)
)
BY_SKU = {product.sku: product for product in PRODUCTS}
SIZES = tuple(product.size for product in PRODUCTS if product.size)


def size_value(size):
    """Return the option value (Magento's ``value_index``) of a hose size."""
    return 4 + SIZES.index(size)
