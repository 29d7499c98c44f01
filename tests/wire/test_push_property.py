"""Batches, whatever is in them: every row gets its own answer, and the shop holds exactly what is good."""

from hypothesis import given, settings
from hypothesis import strategies as st
from test_push_many import PriceShop, opened, stock

from magento_wire.effects import Outcome
from magento_wire.errors import INDEFINITE, RECORD

ROWS = st.integers(min_value=1, max_value=60)


@settings(max_examples=150, deadline=None)
@given(
    count=ROWS,
    unknown=st.sets(st.integers(0, 59), max_size=6),
    crashes=st.sets(st.integers(0, 59), max_size=3),
    cap=st.sampled_from([None, 1, 7, 20]),
    lost=st.integers(0, 4),
)
def test_each_row_gets_its_own_answer(count, unknown, crashes, cap, lost):
    unknown, crashes = {n for n in unknown if n < count} - crashes, {n for n in crashes if n < count}
    transport = PriceShop({f"SKU-{n}" for n in unknown}, cap, {f"SKU-{n}" for n in crashes})
    transport.lost = lost
    shop, effects = opened(transport), [stock(n) for n in range(count)]
    results = shop.push_many(effects)
    assert len(results) == count
    for number, result in enumerate(results):
        if number in crashes:
            assert result.kind == INDEFINITE
        elif number in unknown:
            assert result.kind == RECORD
        else:
            assert isinstance(result, Outcome)
    good = {f"SKU-{n}" for n in range(count)} - transport.unknown - transport.crashes
    assert set(transport.stock) == good

    before = len(transport.writes())
    again = shop.push_many(effects, unsure={effect.key for effect in effects})
    assert {n for n, result in enumerate(again) if isinstance(result, Outcome)} == set(range(count)) - unknown - crashes
    assert all(result.state == "already_done" for result in again if isinstance(result, Outcome))
    assert len(transport.writes()) - before <= 4 * (len(unknown) + len(crashes)) * max(1, (count - 1).bit_length() + 1)
