"""Workers of the connector that are killed or run at the same time: each order of the shop comes exactly once."""

import random
import time

from connector_world import DUE_AGAIN, FETCH, PROCESS, ConnectorWorld


def assert_exactly_once(found, orders):
    staged = dict(found["staged"])
    assert len(staged) == orders
    assert "staged" not in staged.values(), "nothing waits any more"
    done = sorted(number for number, state in staged.items() if state == "done")
    assert sorted(number for (number,) in found["bound"]) == done
    assert len(found["orders"]) == len(done)
    assert len({origin for origin, _total in found["orders"]}) == len(done), "no order twice"
    for what in ("companies", "addresses", "products"):
        assert {count for (count,) in found[what]} <= {1}, f"{what} multiplied"
    assert not found["moves"], "goods are shipped once"


def test_workers_killed_at_random_lose_nothing_and_repeat_nothing():
    chance = random.Random(7)
    with ConnectorWorld("otc_crash_connector") as world:
        for _kill in range(3):
            world.run_and_kill(DUE_AGAIN + FETCH, chance.uniform(0.05, 0.6))
            world.run_and_kill(PROCESS, chance.uniform(0.1, 2.0))
        world.run(DUE_AGAIN + FETCH + PROCESS)
        assert_exactly_once(world.counted(), 40)


def test_four_lanes_at_once_share_the_work():
    with ConnectorWorld("otc_lanes_connector", orders=80) as world:
        world.run(FETCH)
        for lane in [world.start(PROCESS) for _lane in range(4)]:
            world.finish(lane)
        world.run(PROCESS)
        assert_exactly_once(world.counted(), 80)


def test_a_restart_of_postgresql_in_the_middle_loses_nothing_and_repeats_nothing():
    with ConnectorWorld("otc_restart_connector") as world:
        world.run(FETCH)
        worker = world.start(PROCESS)
        while not world.orders_done():
            assert worker.poll() is None, "it was too fast for this test"
            time.sleep(0.05)
        world.restart_postgres()
        worker.stdout.read()
        worker.wait()
        assert 0 < world.orders_done() < 40
        world.run(DUE_AGAIN + FETCH + PROCESS)
        assert_exactly_once(world.counted(), 40)


def test_fetching_twice_at_once_stages_each_record_once():
    with ConnectorWorld("otc_fetch_connector") as world:
        for fetcher in [world.start(FETCH) for _one in range(2)]:
            world.finish(fetcher)
        world.run(DUE_AGAIN + FETCH + PROCESS)
        assert_exactly_once(world.counted(), 40)
