"""The process that does the tasks."""

import pytest
from django.core.management import call_command
from django.db import OperationalError

from preau.web.management.commands import worker
from preau.web.workers import workers


@pytest.mark.django_db(transaction=True)
def test_a_worker_outlives_a_database_that_does_not_answer(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    answers = iter([OperationalError("database is locked"), OperationalError("gone"), None])

    def work(self: object, **options: object) -> None:
        if (answer := next(answers)) is not None:
            raise answer

    monkeypatch.setattr(worker.DatabaseWorker, "handle", work)
    monkeypatch.setattr(worker, "AGAIN_AFTER", 0)
    call_command("worker")
    assert next(answers, "all tried") == "all tried"
    assert caplog.text.count("does not answer") == 2
    assert workers().stopped  # it said that it lived, then that it was asked to stop
