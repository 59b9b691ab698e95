"""One small, clear world for the tests: two invented schools, their people, their pupils."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any

from preau.accounts.hashers import Argon2id
from preau.accounts.models import Account
from preau.establishments.models import Establishment, Membership, Role
from preau.rosterfiles.names import fold, sort_key
from preau.rosters.models import Division, Learner

PASSWORD = "quatre tilleuls et un banc"


@dataclass
class World:
    """The two schools and whoever the story needs."""

    tilleuls: Establishment
    mimosas: Establishment
    ndiaye: Account  # head of the Tilleuls
    boeuf: Account  # référente of the Tilleuls
    garcao: Account  # teacher of 6A and 5B at the Tilleuls
    okonkwo: Account  # référente of the Mimosas
    divisions: dict[str, Division]
    learners: dict[str, Learner] = field(default_factory=dict)

    @property
    def lea(self) -> Learner:
        return self.learners["lea"]

    @property
    def zoe(self) -> Learner:
        return self.learners["zoe"]

    def learner(self, key: str, **values: Any) -> Learner:
        """Enrol one more pupil."""
        self.learners[key] = enrol(**values)
        return self.learners[key]


def enrol(
    establishment: Establishment,
    first_name: str,
    last_name: str,
    division: Division | None = None,
    **more: Any,
) -> Learner:
    """One pupil of the roster, with the keys an import would have computed."""
    usage, others = more.get("usage_name", ""), more.get("other_first_names", "")
    return Learner.objects.create(
        establishment=establishment,
        first_name=first_name,
        last_name=last_name,
        division=division,
        search_key=fold(f"{last_name} {usage} {first_name} {others}"),
        sort_key=sort_key(f"{usage or last_name} {first_name}"),
        **more,
    )


def digest(password: str = PASSWORD) -> str:
    """The digest of a password; slow on purpose, so made once for everybody who has it."""
    return _digest(password, Argon2id.memory_cost)


@cache
def _digest(password: str, _cost: int) -> str:
    return Argon2id().encode(password, Argon2id().salt())


def staff(email: str, first_name: str, last_name: str) -> Account:
    """A member of staff who signs in by mail with PASSWORD."""
    return Account.objects.create(email=email, first_name=first_name, last_name=last_name, password=digest())


def build_world() -> World:
    """Two schools; Léa and Zoé and a few others at the Tilleuls, Noé at the Mimosas; no accounts for pupils."""
    tilleuls = Establishment.objects.create(
        uai="0931434D", name="Collège des Quatre-Tilleuls", town="Saint-Œgly"
    )
    mimosas = Establishment.objects.create(uai="0180777X", name="Lycée des Mimosas", town="Villeneuve-l’Haÿ")
    ndiaye = staff("ndiaye@tilleuls.example", "Moussa", "N’Diaye")
    boeuf = staff("boeuf@tilleuls.example", "Cécile", "Bœuf-Delaÿe")
    garcao = staff("garcao@tilleuls.example", "Rui", "Garção")
    okonkwo = staff("okonkwo@mimosas.example", "Ada", "Okonkwo")
    Membership.objects.create(account=ndiaye, establishment=tilleuls, role=Role.HEAD)
    Membership.objects.create(account=boeuf, establishment=tilleuls, role=Role.REFERENT)
    teaching = Membership.objects.create(account=garcao, establishment=tilleuls, role=Role.TEACHER)
    Membership.objects.create(account=okonkwo, establishment=mimosas, role=Role.REFERENT)
    divisions = {
        name: Division.objects.create(establishment=tilleuls, name=name, key=name.casefold())
        for name in ("6A", "6C", "5B")
    }
    divisions["2A"] = Division.objects.create(establishment=mimosas, name="2A", key="2a")
    teaching.divisions.add(divisions["6A"], divisions["5B"])
    world = World(tilleuls, mimosas, ndiaye, boeuf, garcao, okonkwo, divisions)
    t, d = tilleuls, divisions
    world.learner(
        "lea",
        establishment=t,
        first_name="Léa",
        last_name="MARTIN",
        division=d["6A"],
        birth_date=date(2015, 3, 12),
        ine="123456789FJ",
        local_id="1001",
    )
    world.learner(
        "nils",
        establishment=t,
        first_name="Nils",
        last_name="ØSTERGAARD",
        division=d["6A"],
        birth_date=date(2015, 7, 1),
        local_id="1002",
    )
    world.learner(
        "zoe",
        establishment=t,
        first_name="Zoé",
        last_name="MARTIN-LEROY",
        division=d["5B"],
        birth_date=date(2014, 11, 5),
        ine="000000001KG",
        local_id="1003",
        other_first_names="Éloïse, Françoise",
    )
    world.learner(
        "apolline",
        establishment=t,
        first_name="Apolline",
        last_name="BŒUF",
        division=d["6C"],
        birth_date=date(2015, 1, 30),
        local_id="1004",
    )
    world.learner(
        "maelys",
        establishment=t,
        first_name="Maëlys",
        last_name="ŒUVRARD",
        usage_name="D’ŒUILLY",
        division=d["5B"],
        birth_date=date(2014, 2, 28),
        local_id="1005",
    )
    world.learner(
        "noe",
        establishment=mimosas,
        first_name="Noé",
        last_name="ÉTIENNE",
        division=d["2A"],
        birth_date=date(2011, 5, 20),
        ine="987654321GH",
        local_id="77",
    )
    return world
