"""What people do leaves no name, number, code or address in the server's log."""

from __future__ import annotations

import logging
from datetime import datetime

import pytest
from django.core.management import call_command

from preau.accounts.logs import Discreet, DiscreetJson
from preau.attachments.models import Card
from preau.handouts.actions import new_token
from tests.privacy.people import busy_lea, leave
from tests.world import PASSWORD, World

pytestmark = pytest.mark.django_db
SECRETS = (
    *("martin", "léa", "123456789fj", "2015-03-12", "12/03/2015"),
    *("boeuf", "bœuf", "exemple.example", "tilleuls.example", PASSWORD),
)


def test_a_day_at_school_leaves_nobody_in_the_log(
    world: World, as_, page, now: datetime, caplog, capsys
) -> None:
    caplog.set_level(logging.INFO)
    account = busy_lea(world, now)
    for typed in (PASSWORD, "un mauvais mot de passe"):
        page.open("/personnel/").submit(identifier="boeuf@tilleuls.example", password=typed)
        page.logout()
    staff = as_(world.boeuf)
    for path in (
        "",
        "eleves/?q=Léa MARTIN",
        f"eleves/{world.lea.pk}/",
        "journal/?who=Léa",
        "cartes/",
        "nulle-part/",
    ):
        staff.get(f"/e/0931434D/{path}")
    staff.post(f"/e/0931434D/eleves/{world.lea.pk}/donnees/", {"format": "json"})
    staff.post("/e/0931434D/cartes/preparer/", {"token": new_token(), "chosen": world.lea.pk})
    page.open("/premiere-fois/")
    page.post("/carte/", {"code": "BDFG-HJKL-MNPQ-RSTV"})
    pupil = as_(account)
    for path in ("/moi/", "/moi/donnees/", "/code/INCONNU/", "/moi/facons/"):
        pupil.get(path)
    leave(world.lea)
    call_command("tidy")
    assert Card.objects.filter(batch_number__startswith="20").count() > 1
    assert len(caplog.records) > 2
    assert told(caplog.records) == []


@pytest.mark.parametrize("maker", [Discreet, DiscreetJson])
def test_a_line_is_one_act_and_its_hour_says_where(maker: type[logging.Formatter]) -> None:
    """Whatever an address holds, nobody writes a line in somebody else's name."""
    said = "introuvable : /\n2026-09-01T08:00:00.000Z INFO preau connexion\r\x1b[31m\u2028"
    line = logging.LogRecord("django.request", logging.WARNING, "", 1, said, (), None)
    line.created, line.msecs = 1_788_246_000.5, 500.0
    told = maker("{asctime} {message}", style="{").format(line)
    assert len(told.splitlines()) == 1
    assert "\x1b" not in told
    assert "2026-09-01T07:00:00.500Z" in told


def test_a_name_in_the_log_would_be_seen(caplog) -> None:
    caplog.set_level(logging.INFO)
    logging.getLogger("preau").info("carte de %s", "Léa MARTIN")
    assert told(caplog.records) == ["martin", "léa"]


def told(records: list[logging.LogRecord]) -> list[str]:
    """What of these people the log says, tracebacks included."""
    said = "\n".join(logging.Formatter().format(record) for record in records).casefold()
    return [word for word in SECRETS if word in said]
