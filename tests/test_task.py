from dataclasses import replace
from datetime import UTC, datetime
from itertools import product

import pytest

from seedbed.errors import IllegalTransition
from seedbed.request import GenerationRequest
from seedbed.task import Task, TaskStatus, check_transition

LEGAL = {
    ("CREATED", "IN_PROGRESS"),
    ("CREATED", "FAILED"),
    ("IN_PROGRESS", "IN_PROGRESS"),
    ("IN_PROGRESS", "COMPLETED"),
    ("IN_PROGRESS", "FAILED"),
}
TASK = Task("an-id", "a-key", GenerationRequest("a cat", seed=1), TaskStatus.CREATED, datetime.now(UTC))


@pytest.mark.parametrize(("current", "following"), list(product(TaskStatus, TaskStatus)))
def test_a_status_changes_only_in_the_legal_ways(current: TaskStatus, following: TaskStatus) -> None:
    if (current, following) in LEGAL:
        check_transition(current, following)
        return
    with pytest.raises(IllegalTransition, match=f"{current} cannot become {following}"):
        check_transition(current, following)


def test_what_is_terminal_leads_nowhere() -> None:
    assert {status for status in TaskStatus if status.is_terminal} == set(TaskStatus) - {now for now, _ in LEGAL}


def test_a_body_is_the_contracts_to_the_byte_and_in_its_order() -> None:
    assert list(TASK.body(None).items()) == [("task_id", "an-id"), ("status", "CREATED"), ("generated", [])]
    done = replace(TASK, status=TaskStatus.COMPLETED)
    assert done.body("https://a/b.jpeg") == {
        "task_id": "an-id",
        "status": "COMPLETED",
        "generated": ["https://a/b.jpeg"],
    }


def test_a_failed_tasks_body_says_why() -> None:
    failed = replace(TASK, status=TaskStatus.FAILED, error="it rained")
    assert failed.body(None) == {"task_id": "an-id", "status": "FAILED", "generated": [], "error": "it rained"}
