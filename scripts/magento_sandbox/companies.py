"""Who buys: companies with their buyers and customer groups, and guests. All invented.

The VAT numbers have right check digits and lie in ranges that no tax office has given out. E-mail addresses end in
``.example``, which nobody can own. ``payment_days`` and ``late_days`` are hints for a demo's contracts and bank file:
when the company should pay, and how much later it usually does.
"""

from __future__ import annotations

from dataclasses import dataclass

from .tax import EXEMPT_CUSTOMER, RETAIL_CUSTOMER

# id, code, customer tax class
CUSTOMER_GROUPS = (
    (0, "NOT LOGGED IN", RETAIL_CUSTOMER),
    (1, "General", RETAIL_CUSTOMER),
    (2, "Wholesale", RETAIL_CUSTOMER),
    (3, "Retailer", RETAIL_CUSTOMER),
    (4, "Vertrag Hansen", RETAIL_CUSTOMER),
    (5, "Vertrag Brandt", RETAIL_CUSTOMER),
    (6, "Vertrag Lindner", RETAIL_CUSTOMER),
    (7, "EU mit USt-IdNr.", EXEMPT_CUSTOMER),
    (8, "Export", EXEMPT_CUSTOMER),
)
GROUP_CODES = {identifier: code for identifier, code, _tax_class in CUSTOMER_GROUPS}
GROUP_TAX_CLASSES = {identifier: tax_class for identifier, _code, tax_class in CUSTOMER_GROUPS}


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address as Magento keeps it."""

    street: tuple[str, ...]
    postcode: str
    city: str
    country: str = "DE"
    region: str = ""
    region_code: str = ""
    region_id: int = 0
    telephone: str = "+49 431 5550100"


@dataclass(frozen=True, slots=True)
class Person:
    """Someone who orders: a company's buyer, or a guest."""

    email: str
    firstname: str
    lastname: str


@dataclass(frozen=True, slots=True)
class Company:
    """A business customer. ``ship_to`` is a second address; ``store_id`` where it orders."""

    key: str
    name: str
    vat: str
    group_id: int
    address: Address
    buyers: tuple[Person, ...]
    payment_days: int = 30
    late_days: int = 0
    store_id: int = 1
    needs_po_number: bool = False
    ship_to: Address | None = None


def _people(domain, *names):
    return tuple(Person(f"{name[0].lower()}@{domain}.example", name[1], name[2]) for name in names)


_SH = {"region": "Schleswig-Holstein", "region_code": "SCN", "region_id": 93}
_SN = {"region": "Sachsen", "region_code": "SAS", "region_id": 91}
_BY = {"region": "Bayern", "region_code": "BAY", "region_id": 81}
_HE = {"region": "Hessen", "region_code": "HES", "region_id": 86}
_HH = {"region": "Hamburg", "region_code": "HAM", "region_id": 85}
_TH = {"region": "Thüringen", "region_code": "THE", "region_id": 94}
_ST = {"region": "Sachsen-Anhalt", "region_code": "SAC", "region_id": 92}
_NW = {"region": "Nordrhein-Westfalen", "region_code": "NRW", "region_id": 88}

COMPANIES = (
    Company(
        "hansen",
        "Hansen Anlagenbau GmbH",
        "DE999000017",
        4,
        Address(("Werftstraße 114",), "24143", "Kiel", **_SH),
        _people(
            "hansen-anlagenbau",
            ("einkauf", "Silke", "Hansen"),
            ("t.boje", "Thore", "Boje"),
            ("lager", "Meike", "Petersen"),
        ),
        payment_days=30,
        ship_to=Address(("Baustelle Nordkai 3", "Tor 2"), "24768", "Rendsburg", **_SH),
    ),
    Company(
        "brandt",
        "Brandt Wassertechnik AG",
        "DE999000025",
        5,
        Address(("Elbuferweg 27",), "01139", "Dresden", **_SN),
        _people("brandt-wassertechnik", ("bestellung", "Jana", "Krause"), ("r.brandt", "Ralf", "Brandt")),
        payment_days=14,
    ),
    Company(
        "lindner",
        "Lindner Maschinenfabrik KG",
        "DE999000033",
        6,
        Address(("Industriering 8", "Halle 4"), "86159", "Augsburg", **_BY),
        _people("lindner-maschinen", ("einkauf", "Korbinian", "Lindner"), ("a.yilmaz", "Aylin", "Yılmaz")),
        payment_days=30,
    ),
    Company(
        "ahrenfeld",
        "Stadtwerke Ahrenfeld",
        "DE999000041",
        2,
        Address(("Am Wasserwerk 1",), "48291", "Ahrenfeld", **_NW),
        _people("stadtwerke-ahrenfeld", ("vergabe", "Petra", "Tönnies"), ("netz", "Jörg", "Schäfer")),
        payment_days=30,
        late_days=21,
        needs_po_number=True,
    ),
    Company(
        "kessler",
        "Kessler Heizungsbau e.K.",
        "DE999000050",
        1,
        Address(("Bahnhofstraße 40",), "34582", "Borken", **_HE),
        _people("kessler-heizung", ("info", "Bernd", "Kessler")),
        payment_days=14,
    ),
    Company(
        "oberland",
        "Molkerei Oberland eG",
        "DE999000068",
        2,
        Address(("Käsereiweg 5",), "87527", "Sonthofen", **_BY),
        _people("molkerei-oberland", ("technik", "Vroni", "Huber"), ("einkauf", "Max", "Gruber")),
        payment_days=30,
    ),
    Company(
        "auenthal",
        "Auenthal Chemie GmbH",
        "DE999000076",
        2,
        Address(("Werkstor 3",), "06237", "Leuna", **_ST),
        _people("auenthal-chemie", ("procurement", "Dirk", "Wolter"), ("instandhaltung", "Heike", "Lorenz")),
        payment_days=30,
        late_days=17,
        needs_po_number=True,
    ),
    Company(
        "petersen",
        "Tiefbau Petersen GmbH & Co. KG",
        "DE999000084",
        1,
        Address(("Kiesgrube 12",), "24941", "Flensburg", **_SH),
        _people("tiefbau-petersen", ("buero", "Uwe", "Petersen")),
        payment_days=14,
        late_days=33,
    ),
    Company(
        "donau",
        "Donau Pumpenservice GmbH",
        "ATU99900018",
        7,
        Address(("Hafenstraße 61",), "4020", "Linz", "AT", telephone="+43 732 555010"),
        _people("donau-pumpen", ("office", "Franz", "Mayrhofer"), ("lager", "Eva", "Steindl")),
        payment_days=30,
    ),
    Company(
        "vandermeer",
        "Van der Meer Installaties B.V.",
        "NL999000111B01",
        7,
        Address(("Havenweg 22",), "3089 JK", "Rotterdam", "NL", telephone="+31 10 5550123"),
        _people("vandermeer-installaties", ("inkoop", "Sanne", "van der Meer")),
        payment_days=14,
    ),
    Company(
        "greatlakes",
        "Great Lakes Fluid Systems Inc.",
        "",
        8,
        Address(("1200 Harbor Ave",), "48201", "Detroit", "US", "Michigan", "MI", 33, "+1 313 5550142"),
        _people("greatlakes-fluid", ("purchasing", "Dana", "Whitfield"), ("j.ortiz", "Jamie", "Ortiz")),
        payment_days=30,
        store_id=2,
    ),
    Company(
        "laurentide",
        "Plomberie Laurentide inc.",
        "",
        1,
        Address(("45 rue du Quai",), "G1K 4A1", "Québec", "CA", "Quebec", "QC", 76, "+1 418 5550177"),
        _people("plomberie-laurentide", ("achats", "Élise", "Gagnon")),
        payment_days=30,
        store_id=2,
    ),
)
BY_KEY = {company.key: company for company in COMPANIES}

GUESTS = (
    (Person("w.sommer@post.example", "Wiebke", "Sommer"), Address(("Lindenallee 9",), "20359", "Hamburg", **_HH)),
    (Person("garten.braun@post.example", "Otto", "Braun"), Address(("Gartenweg 3a",), "99084", "Erfurt", **_TH)),
    (Person("m.ferrari@post.example", "Marta", "Ferrari"), Address(("Rosenstr. 77",), "50667", "Köln", **_NW)),
)
