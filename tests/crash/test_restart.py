"""A restart of the database server in the middle of work. Nothing else that uses the server runs beside it."""

import time

from connector_world import DUE_AGAIN, FETCH, PROCESS, ConnectorWorld, assert_exactly_once


def test_a_restart_of_postgresql_in_the_middle_loses_nothing_and_repeats_nothing():
    with ConnectorWorld("otc_restart_connector") as world:
        world.run(FETCH)
        worker = world.start(PROCESS)
        until = time.monotonic() + 120
        while not world.orders_done():
            assert time.monotonic() < until, "nothing was processed"
            time.sleep(0.05)
        world.restart_postgres()
        worker.stdout.read()
        assert 0 < world.orders_done() < 40
        world.run(DUE_AGAIN + FETCH + PROCESS)
        assert_exactly_once(world.counted(), 40)
