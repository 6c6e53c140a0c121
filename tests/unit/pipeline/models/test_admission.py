from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.models.admission import Admission, Ticket


def asked(admission: Admission, *tickets: Ticket) -> list[Ticket]:
    for ticket in tickets:
        admission.ask(ticket)
    return list(tickets)


def test_no_more_run_than_allowed_and_the_next_goes_when_one_ends() -> None:
    admission = Admission(2)
    first, second, third = asked(admission, *(Ticket(owner=str(n)) for n in range(3)))
    assert admission.admit() == [first, second]
    assert admission.admit() == []
    admission.end(first)
    assert admission.admit() == [third]
    assert admission.running == 2


def test_a_document_of_many_windows_does_not_hold_up_the_others() -> None:
    admission = Admission(4)
    long = asked(admission, *(Ticket(owner="long") for _ in range(100)))
    assert admission.admit() == long[:4]
    [short] = asked(admission, Ticket(owner="short"))
    admission.end(long[0])
    assert admission.admit() == [short]


def test_urgent_requests_go_first_and_beyond_the_limit() -> None:
    admission = Admission(8)
    asked(admission, *(Ticket(owner=str(n)) for n in range(20)))
    assert len(admission.admit()) == 8
    urgent = asked(admission, Ticket(owner="a", urgent=True), Ticket(owner="b", urgent=True))
    assert admission.admit() == urgent[:1]


def test_the_first_with_a_prefix_goes_alone_until_its_answer_begins() -> None:
    admission = Admission(8)
    first, second, other = asked(
        admission, Ticket(owner="a", prefix="x"), Ticket(owner="b", prefix="x"), Ticket(owner="c", prefix="y")
    )
    assert admission.admit() == [first, other]
    admission.begun(first)
    assert admission.admit() == [second]
    assert asked(admission, Ticket(owner="d", prefix="x")) == admission.admit()


def test_another_leads_where_the_first_one_failed() -> None:
    admission = Admission(8)
    first, second, third = asked(admission, *(Ticket(owner=n, prefix="x") for n in "abc"))
    assert admission.admit() == [first]
    admission.end(first)
    assert admission.admit() == [second]
    admission.alone(third)
    assert admission.admit() == [third]


def test_one_that_gives_up_waiting_is_forgotten() -> None:
    admission = Admission(1)
    first, second = asked(admission, Ticket(owner="a"), Ticket(owner="b"))
    assert admission.admit() == [first]
    admission.end(second)
    admission.end(first)
    assert admission.admit() == []
    assert admission.running == 0


@settings(max_examples=100, deadline=None)
@given(
    st.integers(1, 5),
    st.lists(
        st.tuples(st.sampled_from(["ask", "end", "begun"]), st.sampled_from("abc"), st.sampled_from([None, "x", "y"])),
        max_size=60,
    ),
)
def test_everyone_gets_a_turn_and_the_limit_holds(limit: int, steps: list[tuple[str, str, str | None]]) -> None:
    admission = Admission(limit)
    running: list[Ticket] = []
    waiting: list[Ticket] = []

    def admit() -> None:
        for ticket in admission.admit():
            waiting.remove(ticket)
            running.append(ticket)
        assert len(running) == admission.running <= limit

    for what, owner, prefix in steps:
        if what == "ask":
            ticket = Ticket(owner=owner, prefix=prefix)
            admission.ask(ticket)
            waiting.append(ticket)
        elif running and what == "begun":
            admission.begun(running[0])
        elif running:
            admission.end(running.pop(0))
        admit()
    for _ in range(len(waiting) + len(running)):
        assert running, "somebody always runs while somebody waits"
        admission.end(running.pop(0))
        admit()
    assert not running
    assert not waiting
