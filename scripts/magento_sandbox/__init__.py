"""A sandbox shop: Magento 2.4.7's REST over real HTTP on 127.0.0.1, with a seeded world and faults on demand.

It is a tool for demos and tests. It is no shop: it sells nothing, keeps everything in memory, and forgets it at the
end. It stands apart from the addons, because they must meet it only as they meet any shop: through the network.

``python -m magento_sandbox --help`` (with ``PYTHONPATH=scripts``) says how to start it. Within Python,
:func:`magento_sandbox.server.start` does the same in a thread.

How it hangs together: :mod:`.world` fills a :class:`.shop.Shop` with the orders of an invented distributor;
:mod:`.tax` and :mod:`.basket` reckon them as Magento does; :mod:`.order_record` and :mod:`.documents` write them down;
:mod:`.routes` answers requests after :mod:`.access` has checked the signature; :mod:`.faults` spoils answers by a
plan; :mod:`.control` lets a test move the world.
"""

NOTICE = "magento-sandbox, a tool for demos and tests, not a shop"
