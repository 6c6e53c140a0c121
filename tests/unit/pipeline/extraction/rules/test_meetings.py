"""What was decided and who does what, from minutes and from speech."""

import pytest

from pipeline.extraction.rules.meetings import actions_said, decisions_said, read_action
from pipeline.extraction.values.folding import fold
from pipeline.extraction.values.locale import Locale


def _texts(flow, stretches):
    return [flow.text[stretch.start : stretch.end] for stretch in stretches]


@pytest.mark.parametrize(
    "sentence",
    [
        "We decided to move the launch.",
        "It was agreed that the pier closes.",
        "The motion was carried.",
        "Es wurde beschlossen, die Brücke zu bauen.",
    ],
)
def test_sentences_state_decisions(flow_of, sentence):
    flow = flow_of(f"Good morning. {sentence} Thank you.")
    assert _texts(flow, decisions_said(flow)) == [sentence]


def test_sentences_give_tasks(flow_of):
    flow = flow_of("Hello all. Maria will send the plan by Friday. We talked about boats. Action item: book a room.")
    assert _texts(flow, actions_said(flow)) == ["Maria will send the plan by Friday.", "Action item: book a room."]


def test_a_decision_is_no_task(flow_of):
    flow = flow_of("We decided that Maria will send the plan.")
    assert actions_said(flow) == []


@pytest.mark.parametrize(
    ("text", "owner", "due"),
    [
        ("Ann Lee to send the contract by Friday.", "Ann Lee", "Friday"),
        ("Bob: book the crane", "Bob", None),
        ("Book the crane (Bob Ray, 12 March 2026)", "Bob Ray", "12 March 2026"),
        ("We will check the engines next month", None, None),
        ("Maria will draft the letter before the end of next week", "Maria", "end of next week"),
    ],
)
def test_a_task_names_its_owner_and_its_date(text, owner, due):
    action = read_action(text, fold(text), Locale())
    assert (text[action.owner.start : action.owner.end] if action.owner else None) == owner
    assert (text[action.due.start : action.due.end] if action.due else None) == due
