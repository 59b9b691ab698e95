"""Every table that leads to a person says what becomes of it: a new one that does not fails here."""

from __future__ import annotations

from django.apps import apps
from django.db.models import Model

from preau.accounts.models import Account
from preau.audit.models import Entry
from preau.privacy.registry import REGISTRY, Fate
from preau.rosters.models import Learner

PEOPLE: set[type[Model]] = {Account, Learner}
WITHOUT_KEY = {Entry, *PEOPLE}  # the journal holds numbers and names, no foreign key


def leads_to_a_person(model: type[Model], seen: frozenset[type[Model]] = frozenset()) -> bool:
    targets = {f.related_model for f in [*model._meta.fields, *model._meta.many_to_many] if f.related_model}
    return bool(targets & PEOPLE) or any(
        leads_to_a_person(target, seen | {model}) for target in targets - seen - {model}
    )


def personal_tables() -> set[str]:
    models = set(apps.get_models(include_auto_created=True))
    return {m._meta.label for m in models if m in WITHOUT_KEY or leads_to_a_person(m)}


def test_every_table_that_leads_to_a_person_is_declared() -> None:
    found = personal_tables()
    assert len(found) >= 35
    assert found - set(REGISTRY) == set()


def test_nothing_is_declared_that_no_longer_exists() -> None:
    optional = {"mfa.Authenticator"}  # an application that may be installed or not
    assert set(REGISTRY) - personal_tables() - optional == set()


def test_a_table_nobody_declared_would_be_seen() -> None:
    assert personal_tables() - (set(REGISTRY) - {"campaigns.Participation"}) == {"campaigns.Participation"}


def test_what_hangs_on_a_pupil_goes_with_them() -> None:
    """A key to a pupil is erased with the pupil; otherwise somebody has to say why not."""
    direct = {
        m._meta.label for m in apps.get_models() if any(f.related_model is Learner for f in m._meta.fields)
    }
    assert {label for label in direct if REGISTRY[label].fate is not Fate.ERASED} == set()
