"""Effects under seeded plans of faults, sent again and again as an outbox would: in the end each is done, and once."""

import time

import pytest
from effect_cases import case, kinds_of
from wire_shops import WAYS, connect, start_shop

from magento_sandbox.faults import random_plan
from magento_wire.errors import RECORD, ShopError

FAULTS = ("refuse", "html", "too_many", "status", "lost_answer", "reset", "truncate", "unauthorized", "redirect")
KINDS = (
    "order_comment", "order_hold", "invoice", "shipment", "credit_memo", "stock", "base_price", "special_price",
    "tier_price", "credit_balance",
)  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("seed", range(6))
def test_every_effect_is_done_once_whatever_goes_wrong(way, seed):
    server = start_shop(way, orders=5, commerce=True)
    try:
        shop = connect(server, way, total_timeout=4.0)
        examples = [case(server, way, kind) for kind in KINDS if kind in kinds_of(way)]
        server.faults.add(random_plan(seed, 16, FAULTS, path="*"))
        waiting, tried = {example.effect.key: example for example in examples}, set()
        for _round in range(150):
            effects = [example.effect for example in waiting.values()]
            results = shop.push_many(effects, unsure=tried)
            tried |= {effect.key for effect in effects}
            for effect, result in zip(effects, results, strict=True):
                if not isinstance(result, ShopError):
                    del waiting[effect.key]
                else:
                    assert result.kind != RECORD, result
            if not waiting:
                break
            time.sleep(0.05)
        assert not waiting
        struck = [report for report in server.faults.reports() if report["struck"]]
        assert struck, "a plan that strikes nothing tries nothing"
        for example in examples:
            assert example.state() == example.wanted, example.effect.kind
    finally:
        server.stop()
