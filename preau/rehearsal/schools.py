"""The two invented schools of the rehearsal: who they are and who works there."""

from __future__ import annotations

from dataclasses import dataclass

from preau.accounts.models import Account, ConnectionMode
from preau.establishments.models import Establishment, EstablishmentQuerySet, Role
from preau.rosterfiles.generate_pupils import SchoolKind
from preau.rosterfiles.identifiers import make_uai

# Readable here because everybody it opens is invented: `preau demo` refuses to run on a server that is deployed.
PASSWORD = "un banc vert sous la pluie"  # noqa: S105 - see above
ADMINISTRATOR = "administration.repetition"


@dataclass(frozen=True, slots=True)
class Colleague:
    """A member of staff; `classes` are the places of a teacher's classes in the school's own order."""

    role: Role
    first_name: str
    last_name: str
    name: str
    classes: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class School:
    """An invented school; `pupils` is about how many it has, `mails` how many of them enter by mail."""

    uai: str
    name: str
    town: str
    domain: str
    kind: SchoolKind
    pupils: int
    seed: int
    target_mode: ConnectionMode
    team: tuple[Colleague, ...]
    mails: int = 0

    def address(self, name: str) -> str:
        """A mail address of the school, in the domain that RFC 2606 keeps for examples."""
        return f"{name}@{self.domain}.example"


# Department 999 does not exist: these school numbers are nobody's.
QUATRE_TILLEULS = School(
    uai=make_uai("9990001"),
    name="Collège des Quatre-Tilleuls",
    town="Saint-Œgly",
    domain="quatre-tilleuls",
    kind="college",
    pupils=600,
    seed=1907,
    target_mode=ConnectionMode.USERNAME,
    team=(
        Colleague(Role.HEAD, "Moussa", "N’Diaye", "ndiaye"),
        Colleague(Role.REFERENT, "Cécile", "Bœuf-Delaÿe", "boeuf"),
        Colleague(Role.TEACHER, "Rui", "Garção", "garcao", (0, 2, 6)),
        Colleague(Role.TEACHER, "Maëlle", "Le Goff", "legoff", (1, 7)),
    ),
)
MIMOSAS = School(
    uai=make_uai("9990002"),
    name="Lycée des Mimosas",
    town="Villeneuve-l’Haÿ",
    domain="lycee-mimosas",
    kind="lycee",
    pupils=300,
    seed=1936,
    target_mode=ConnectionMode.EMAIL,
    team=(
        Colleague(Role.HEAD, "Agnès", "Ürük", "uruk"),
        Colleague(Role.REFERENT, "Ada", "Okonkwo", "okonkwo"),
        Colleague(Role.TEACHER, "Benoît", "Saÿ-Prévôt", "say", (0, 2)),
        Colleague(Role.TEACHER, "Lucía", "Ibáñez", "ibanez", (1, 3)),
    ),
    mails=30,
)
SCHOOLS = (QUATRE_TILLEULS, MIMOSAS)
UAIS = tuple(school.uai for school in SCHOOLS)


def rehearsal_schools() -> EstablishmentQuerySet:
    """Those of the two schools that are in the database."""
    return Establishment.objects.filter(uai__in=UAIS)


def administrator(*, readable_password: bool) -> Account:
    """Whoever administers the rehearsal server, made at the first run.

    The password printed by `preau demo` opens this account on one's own machine only: elsewhere it has none.
    """
    account = Account.objects.filter(username=ADMINISTRATOR).first()
    if account is None:
        password = PASSWORD if readable_password else None
        account = Account.objects.create_superuser(ADMINISTRATOR, password, last_name="Répétition")
    elif not readable_password and account.check_password(PASSWORD):
        account.set_unusable_password()
        account.save(update_fields=["password"])
    return account
