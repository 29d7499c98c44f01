"""What the sandbox shop's tests share: a world to read, and shops to start."""

import json

import pytest
from shop_client import TODAY, ShopClient

from magento_sandbox import server as sandbox
from magento_sandbox import world


@pytest.fixture(scope="session")
def shop():
    """A world that no test may change."""
    return world.build(TODAY, seed=1, orders=120)


@pytest.fixture(scope="session")
def views(shop):
    """All orders of that world as a client reads them: {entity id: JSON}."""
    return {order.id: json.loads(sandbox.encode(order.view())) for order in shop.orders.values()}


@pytest.fixture
def start():
    """Start shops with given options; they are stopped at the end."""
    running = []

    def start_one(**options):
        server = sandbox.start(TODAY, **{"orders": 60, **options})
        running.append(server)
        return ShopClient(server)

    yield start_one
    for server in running:
        server.stop()


@pytest.fixture
def client(start):
    """A client of a fresh shop with 60 orders."""
    return start()
