"""The one thing that pages remember of the server itself."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Worker(models.Model):
    """A process of tasks, and when it last said that it lives, by the clock of the database."""

    name = models.CharField("nom", max_length=64, primary_key=True)  # the worker_id of the tasks that it took
    seen_at = models.DateTimeField("dernier signe de vie")
    stopped = models.BooleanField(
        "arrêté", default=False
    )  # somebody asked it to; it did not just fall silent

    objects: ClassVar[models.Manager[Worker]] = models.Manager()

    class Meta:
        verbose_name = "processus de tâches"
        verbose_name_plural = "processus de tâches"

    def __str__(self) -> str:
        return self.name
