"""Bounded loops that never miss a ring."""

from workers.celery_app import QueueSlots


def slots() -> QueueSlots:
    return QueueSlots({"read": 1, "infer": 2, "index": 0, "deliver": 1})


def test_slots_are_bounded_for_each_queue() -> None:
    held = slots()
    assert [held.take("infer") for _ in range(3)] == [True, True, False]
    assert held.take("read")


def test_a_ring_that_finds_no_slot_makes_the_holder_look_again() -> None:
    held = slots()
    assert held.take("read")
    assert not held.take("read")
    assert not held.give_back("read"), "somebody rang: the slot is kept for another look"
    assert held.give_back("read")
    assert held.take("read")


def test_a_ring_while_all_slots_are_taken_is_noted_without_a_message() -> None:
    held = slots()
    assert not held.covered("read"), "a free slot wants a message"
    assert held.take("read")
    assert held.covered("read")
    assert not held.give_back("read")
    assert held.give_back("read")


def test_queues_without_threads_are_not_consumed() -> None:
    assert slots().queues == ["read", "infer", "deliver"]
    assert slots().total == 4


def test_one_message_on_its_way_is_enough_until_a_loop_begins() -> None:
    held = slots()
    assert not held.covered("infer")
    assert held.covered("infer")
    assert held.take("infer")
    assert not held.covered("infer"), "a second slot is free, and no message is on its way any more"
