"""Workers of the connector that are killed or run at the same time: each order of the shop comes exactly once."""

import random

from connector_world import DUE_AGAIN, FETCH, PROCESS, ConnectorWorld, assert_exactly_once


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


def test_fetching_twice_at_once_stages_each_record_once():
    with ConnectorWorld("otc_fetch_connector") as world:
        for fetcher in [world.start(FETCH) for _one in range(2)]:
            world.finish(fetcher)
        world.run(DUE_AGAIN + FETCH + PROCESS)
        assert_exactly_once(world.counted(), 40)
