"""The invented Médiacentre, for tests: the real identity providers, and people who go to the ENT.

`python -m tests.mediacentre` installs what it needs and fails where it cannot run.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from hashlib import sha512

import pytest

from preau.rehearsal.mediacentre import Mediacentre, NoMediacentre, Person, ready, running, sentence


def pupil(key: str, first_name: str, last_name: str, division: str, *, uai: str, ido: str = "") -> Person:
    """An invented pupil of the ENT; the same name always has the same opaque identifier, unless one is given."""
    return Person(
        id=key,
        name=f"{first_name} {last_name}",
        group=division,
        ido=ido or sha512(f"{key}@{uai}".encode()).hexdigest(),
        uai=(uai,),
        first_name=first_name,
        last_name=last_name,
        division=f"{division}##{division}",
    )


def teacher(key: str, first_name: str, last_name: str, *, uai: str) -> Person:
    """An invented teacher of the ENT."""
    return Person(
        id=key,
        name=f"{first_name} {last_name}",
        group="Enseignants",
        ido=sha512(f"{key}@{uai}".encode()).hexdigest(),
        uai=(uai,),
        pro="National_ens",
        first_name=first_name,
        last_name=last_name,
    )


@pytest.fixture(scope="session")
def mediacentre() -> Iterator[Mediacentre]:
    """One for the whole run; each test says who goes there."""
    with running() as one:
        yield one


if __name__ == "__main__":
    try:
        ready()
        with running() as one:
            if not one.cas:
                sys.exit("django-cas-server n’est pas installé (make dev).")
            print("Médiacentre inventé : SAML, OpenID Connect et CAS répondent.")
    except NoMediacentre as problem:
        sys.exit(sentence(problem))
