"""What a plan reads from its shop, and what it tells it: chosen by the seed."""

from shop_world import connect

from magento_sandbox.control import WAREHOUSE

ONLINE = "paypal_express"
"""A payment method whose money the shop takes itself."""
DOCUMENTS = ("shipments", "invoices", "credit_memos")
TOLD = ("push_shipments", "push_invoices", "push_credit_memos", "push_stock", "push_base_prices")


def choose(chance):
    """Choose a plan's setting.

    :param chance: the plan's `random.Random`
    :returns: dict of ``left_out`` (kinds of records that are not read), ``captures`` (whether money that the shop took
        becomes payments) and ``values`` of the backend
    """
    reads_documents = chance.random() < 0.75
    bills = reads_documents and chance.random() < 0.2
    told = {name: chance.random() < 0.5 for name in TOLD}
    left_out = chance.choice((["products"], ["products", "customers"], [], [], []))
    return {
        "left_out": [*left_out, *(() if reads_documents else DOCUMENTS)],
        "captures": chance.random() < 0.5,
        "values": {
            "page_size": chance.choice([3, 7, 50]),
            "tell_invoices": True,
            "shop_invoices": "bill" if bills else "compare",
            **told,
            "push_invoices": told["push_invoices"] and not bills,
        },
    }


def making(told, setting):
    """A question for `Workers.ask`: makes the backend and returns its id.

    :param dict told: address and credentials of the shop
    :param setting: what `choose` gave
    """

    def make(env):
        backend = connect(env, told, features=["core", "multi_source"], **setting["values"])
        backend.stream_ids.filtered(lambda stream: stream.entity in setting["left_out"]).unlink()
        env["magento.source"].create(
            {
                "backend_id": backend.id,
                "code": WAREHOUSE,
                "name": WAREHOUSE,
                "location_id": env["stock.warehouse"].search([("company_id", "=", 1)], limit=1).lot_stock_id.id,
            }
        )
        if setting["captures"]:
            bank = env["account.journal"].search([("type", "=", "bank"), ("company_id", "=", 1)], limit=1)
            env["magento.payment.method"]._resolve(backend, {ONLINE})[ONLINE].journal_id = bank
        return backend.id

    return make
