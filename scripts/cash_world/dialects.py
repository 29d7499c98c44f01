"""Texts as other banks and other countries pass them on, to meet the engine with what it was not made on.

A dialect dresses the finished text of a payment: more words around it, the bank's own fields and numbers, other cuts.
It knows nothing of what the engine can read, and never changes what is paid, so the labels stay what they are.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date
from decimal import Decimal

_NORTH_AND_EAST = (
    "Platba za fakturu {t} děkujeme",
    "Úhrada {t} VS {n8}",
    "Fatura ödemesi {t} teşekkürler",
    "Betalning {t} OCR {n8}",
    "Maksu lasku {t} viite {n5}",
    "Оплата по счету {t} от {d}",
    "Pagamento ref. {t} NIF {n8}",
    "お支払い {t} ありがとう",
    "{t} számla kiegyenlítése",
)
_OWN_NUMBERS = ("Bel. {n5}-2026", "unser Zeichen {n4}/2026", "PO-{n4}", "Vtr. {n8}", "KdNr {n5}", "Kto 00{n8}", "")


def german_subfields(rng: random.Random, text: str, amount: Decimal, day: date) -> str:
    """MT940 of German banks: numbered subfields of 27 letters, and the bank's own field 86 before them."""
    body = f"EREF+{rng.randrange(10**11)}KREF+NONREFMREF+M{rng.randrange(10**6)}SVWZ+{text}"
    if rng.random() < 0.3:
        body += f"ABWA+{rng.choice(('Inkasso', 'Zentrale', 'Holding'))} {rng.randrange(99)}"
    parts = [body[at : at + 27] for at in range(0, len(body), 27)]
    fields = "".join(f"?{20 + number}{part}" for number, part in enumerate(parts[:10]))
    return f"166?00GUTSCHRIFT?10{rng.randrange(10_000)}{fields}"


def clearing_house(rng: random.Random, text: str, amount: Decimal, day: date) -> str:
    """An American clearing house, or an Indian transfer: one line of the bank's own labels and traces."""
    trace = rng.randrange(10**14, 10**15)
    if rng.random() < 0.5:
        return (
            f"ORIG CO NAME:VENDORPAY ORIG ID:{rng.randrange(10**9, 10**10)} DESC DATE:{day:%y%m%d} CO ENTRY DESCR:"
            f"PAYMENT SEC:CTX TRACE#:{trace} EED:{day:%y%m%d} IND ID:{rng.randrange(10**6)} RMR*IV*{text}*PI*{amount}"
        )
    return f"NEFT-{rng.choice(('HDFC', 'ICIC', 'SBIN'))}N{trace}-{text.upper()}-/ATTN//INB".replace("\n", " ")


def chatty(rng: random.Random, text: str, amount: Decimal, day: date) -> str:
    """Other languages, the amount and the day once more, and numbers of the payer's own."""
    sentence = rng.choice(_NORTH_AND_EAST).format(
        t=text,
        d=day.strftime("%d.%m.%y"),
        n4=rng.randrange(10**3, 10**4),
        n5=rng.randrange(10**4, 10**5),
        n8=rng.randrange(10**7, 10**8),
    )
    own = rng.choice(_OWN_NUMBERS).format(
        n4=rng.randrange(10**3, 10**4), n5=rng.randrange(10**4, 10**5), n8=rng.randrange(10**7, 10**8)
    )
    money = rng.choice((f"EUR {amount:,.2f}", f"{amount:.2f}".replace(".", ","), f"sum {amount}", ""))
    pieces = [sentence, own, money, rng.choice((f"{day:%Y%m%d}", f"{day:%d%m%Y}", ""))]
    rng.shuffle(pieces)
    return " ".join(filter(None, pieces))


def scanned(rng: random.Random, text: str, amount: Decimal, day: date) -> str:
    """A cheque or slip that was read by a machine: capitals, spaces in odd places, O for 0 between digits."""
    letters = []
    for at, letter in enumerate(text.upper()):
        if letter == "0" and at and text[at - 1 : at].isdigit() and rng.random() < 0.08:
            letter = "O"
        letters.append(letter)
        if letter in "/-,;" and rng.random() < 0.5:
            letters.append(" ")
    return f"CHQ {rng.randrange(10**5, 10**6)} {''.join(letters)} {rng.choice(('', '*', '.', '<<'))}".strip()


DIALECTS: dict[str, Callable[[random.Random, str, Decimal, date], str]] = {
    "standard": lambda _rng, text, _amount, _day: text,
    "german_subfields": german_subfields,
    "clearing_house": clearing_house,
    "chatty": chatty,
    "scanned": scanned,
}
