"""What waits to be used again."""

import threading

from sprites_facade._warmth import Alarm, Shelf


def test_a_shelf_is_bounded_and_gives_the_latest_that_fits() -> None:
    shelf: Shelf[int] = Shelf(3)
    assert [shelf.put(number) for number in (1, 2, 3, 4)] == [True, True, True, False]
    assert shelf.take(lambda number: number % 2 == 1) == 3
    assert shelf.take(lambda number: number > 5) is None
    assert len(shelf) == 2


def test_a_thing_is_given_to_one_taker_only() -> None:
    """However many threads ask."""
    shelf: Shelf[int] = Shelf(10_000)
    for number in range(10_000):
        shelf.put(number)
    taken: list[list[int]] = [[] for _ in range(4)]
    ready = threading.Barrier(4)

    def take(mine: list[int]) -> None:
        ready.wait()
        while (found := shelf.take(lambda _: True)) is not None:
            mine.append(found)

    threads = [threading.Thread(target=take, args=(mine,)) for mine in taken]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(number for mine in taken for number in mine) == list(range(10_000))


def test_its_thread_has_a_name() -> None:
    """As all that this package starts, for whoever looks at what runs."""
    alarm = Alarm(100, lambda: None)
    assert "sprites-alarm" in {thread.name for thread in threading.enumerate()}
    alarm.cancel()
