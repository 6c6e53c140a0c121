"""Who is let in to the engine."""

from workers.gpu.figures import EngineFigures
from workers.gpu.gate import Gate


class Engine:
    def __init__(self) -> None:
        self.healthy = True
        self.figures: EngineFigures | None = EngineFigures()


def gate(engine: Engine, max_waiting: int = 2) -> Gate:
    return Gate(lambda: engine.healthy, lambda: engine.figures, max_waiting=max_waiting)


def test_nobody_is_let_in_while_the_engine_is_ill():
    engine = Engine()
    way = gate(engine)
    engine.healthy = False
    assert way.enter("infer") is None
    assert way.enter("deliver") is not None
    engine.healthy = True
    assert way.enter("infer") is not None


def test_nobody_is_let_in_while_too_many_wait():
    engine = Engine()
    way = gate(engine)
    for waiting, is_open in ((2, True), (3, False), (0, True)):
        engine.figures = EngineFigures(waiting=waiting)
        assert way.open is is_open
    engine.figures = None
    assert way.open, "an engine that does not tell is not waited for"


def test_after_a_loss_as_many_as_were_in_are_let_in_one_by_one():
    way = gate(Engine())
    before = [way.enter("infer") for _ in range(3)]
    way.lost()
    assert way.enter("infer") is None, "those of before are still in"
    for ticket in before:
        assert ticket is not None
        way.leave(ticket, worked=True)
    for _ in range(3):
        ticket = way.enter("infer")
        assert ticket is not None
        assert way.enter("infer") is None
        way.leave(ticket, worked=True)
    assert [way.enter("infer") is None for _ in range(3)] == [False] * 3


def test_a_look_that_found_nothing_clears_nobody():
    way = gate(Engine())
    ticket = way.enter("infer")
    assert ticket is not None
    way.lost()
    way.leave(ticket, worked=True)
    empty = way.enter("infer")
    assert empty is not None
    way.leave(empty, worked=False)
    assert way.enter("infer") is not None
    assert way.enter("infer") is None
    assert way.inside == 1


def test_a_loss_while_one_by_one_keeps_the_others_suspected():
    way = gate(Engine())
    before = [way.enter("infer") for _ in range(3)]
    way.lost()
    for ticket in before:
        assert ticket is not None
        way.leave(ticket, worked=True)
    guilty = way.enter("infer")
    assert guilty is not None
    way.lost()
    way.leave(guilty, worked=True)
    assert way.enter("infer") is not None
    assert way.enter("infer") is None


def test_stages_that_have_failed_before_the_loss_was_told_are_suspected_too():
    engine = Engine()
    way = gate(engine)
    before = [way.enter("infer") for _ in range(3)]
    engine.healthy = False
    for ticket in before:
        assert ticket is not None
        way.doubt()
        way.leave(ticket, worked=True)
    way.lost()
    engine.healthy = True
    assert [way.enter("infer") is None for _ in range(2)] == [False, True]


def test_a_doubt_that_came_to_nothing_makes_nobody_suspected():
    engine = Engine()
    way = gate(engine)
    ticket = way.enter("infer")
    assert ticket is not None
    engine.healthy = False
    way.doubt()
    way.leave(ticket, worked=True)
    engine.healthy = True
    assert way.open
    way.lost()
    assert [way.enter("infer") is None for _ in range(2)] == [False, False]
