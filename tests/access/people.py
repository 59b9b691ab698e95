"""Whoever may knock at an address, and one thing of the 6A behind each number that an address carries."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.tokens import default_token_generator
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from preau.accounts.models import Account
from preau.accounts.second_factor.adapter import SecondFactorAdapter
from preau.attachments.actions import detach
from preau.attachments.merges import Merge, MergeState, SetAside, Transfer
from preau.attachments.models import Attachment, Conflict, ConflictKind, HelpRequest, IdentityChange
from preau.campaigns import actions as campaigns
from preau.classroom.actions import open_session
from preau.establishments.actions import invite
from preau.establishments.models import Membership, Role
from preau.handouts.actions import new_token, prepare_batch
from preau.handouts.errands import ask_errand
from preau.handouts.models import Deed
from preau.parcours.own_questions import add_questions
from preau.rosters.actions import read_import, start_import
from preau.rosters.models import ImportChange, ImportState, RosterImport
from tests.parcours.pupils import account_of, short_campaign
from tests.rosters.siecle import file_of, same
from tests.world import World, staff

PEOPLE = (
    "visitor",
    "pupil",  # Léa, of the 6A: the thing behind the number is hers, or her class's
    "classmate",  # Nils, of the 6A too
    "colleague",  # a teacher of the same school, of another class
    "teacher",  # the 6A's
    "referent",
    "head",
    "elsewhere",  # the référente of another school
    "admin",  # administers the server, works in no school
)
QUESTION = {
    "kind": "text",
    "prompt": "Le petit de la vache ?",
    "answers": ["veau"],
    "explanation": "Un veau.",
}
# What a page is sent, when without it nobody would be answered; « <division> » is what the address would carry.
SENDS: dict[str, dict[str, str]] = {
    "attachments:former_school_ask": {"ecole": "0180777X"},
    "attachments:merge_answer": {"geste": "refuser"},
    "attachments:transfer_answer": {"geste": "refuser"},
    "campaigns:act": {"action": "archiver"},
    "classroom:accept": {"learner": "<learner>"},
    "classroom:open": {"division": "<division>"},
    "rosters:reveal": {"donnee": "naissance"},
    "scenarios:reveal": {"donnee": "naissance"},
}


@dataclass(frozen=True)
class Address:
    """One address of the site: its name and what it carries."""

    name: str
    carries: tuple[str, ...]

    @property
    def room(self) -> str:
        return self.name.split(":", maxsplit=1)[0]


def sent_to(name: str) -> dict[str, str]:
    """What the form of this address is sent, field by field."""
    return SENDS.get(name, {})


def addresses() -> list[Address]:
    """Every address that the site answers, as the URLconf says; the framework's admin has its own test."""
    ours = {one for one in _all() if not one.name.startswith("admin:")}
    return sorted(ours, key=lambda one: one.name)


def admin_lists() -> list[str]:
    """The framework's admin: its first page and its lists."""
    return sorted(
        one.name
        for one in _all()
        if one.name == "admin:index" or (one.name.startswith("admin:") and one.name.endswith("_changelist"))
    )


def _all() -> Iterator[Address]:
    return (Address(name, carries) for name, carries in _walk(get_resolver()))


def _walk(
    resolver: URLResolver, before: str = "", carried: tuple[str, ...] = ()
) -> Iterator[tuple[str, Any]]:
    for entry in resolver.url_patterns:
        carries = (*carried, *entry.pattern.converters, *entry.pattern.regex.groupindex)
        here = tuple(dict.fromkeys(carries))
        if isinstance(entry, URLPattern):
            if before == "admin:" and not entry.name:
                continue  # the framework's old addresses of objects, which redirect
            assert entry.name, f"an address without a name: {before}{entry.pattern}"
            yield f"{before}{entry.name}", here
        else:
            space = f"{before}{entry.namespace}:" if entry.namespace else before
            yield from _walk(entry, space, here)


def accounts_of(world: World) -> dict[str, Account | None]:
    """Who each person is."""
    amrani = staff("amrani@tilleuls.example", "Samia", "Amrani")
    Membership.objects.create(account=amrani, establishment=world.tilleuls, role=Role.TEACHER).divisions.add(
        world.divisions["6C"]
    )
    return {
        "visitor": None,
        "pupil": account_of(world.lea),
        "classmate": account_of(world.learners["nils"]),
        "colleague": amrani,
        "teacher": world.garcao,
        "referent": world.boeuf,
        "head": world.ndiaye,
        "elsewhere": world.okonkwo,
        "admin": Account.objects.create_superuser("serveur", "phrase d’un autre monde"),
    }


def things_of(world: World, people: dict[str, Account | None], now: datetime) -> Callable[[str, str], Any]:
    """What to write in an address: `value(name of the address, name of the part)`; KeyError when nobody said."""
    any_address, of_address = _things(world, people, now)

    def value(name: str, part: str) -> Any:
        for said in ((name, part), (name.split(":", maxsplit=1)[0], part)):
            if said in of_address:
                return of_address[said]
        return any_address[part]

    return value


def _things(
    world: World, people: dict[str, Account | None], now: datetime
) -> tuple[dict[str, Any], dict[tuple[str, str], Any]]:
    lea, school, garcao = people["pupil"], world.tilleuls, world.garcao
    campaign = short_campaign(world)
    begun = campaigns.begin(campaign=campaign, learner=world.lea, account=lea, at=now)
    lesson = open_session(
        division=world.divisions["6A"], minutes=55, by=garcao, at=now - timedelta(minutes=1)
    )
    boeuf = Membership.objects.select_related("establishment", "account").get(account=world.boeuf)
    cards = prepare_batch(
        membership=boeuf, learners=[world.learners["zoe"]], token=new_token(), by=world.boeuf, at=now
    )
    errand = ask_errand(deed=Deed.CARDS, membership=boeuf, chosen=[world.lea.pk], token=new_token(), at=now)
    question = add_questions(establishment=school, competence="1.1", sources=[QUESTION], by=garcao, at=now)[0]
    asked = invite(
        establishment=school, email="nouveau@tilleuls.example", role="TEACHER", by=world.ndiaye, at=now
    )
    brought, change = _import(world, now)
    call = HelpRequest.objects.create(establishment=school, code="1234", reason="seul", made_at=now)
    case = Conflict.objects.create(
        establishment=school, kind=ConflictKind.OTHER_SCHOOL, learner=world.lea, made_at=now
    )
    replaced = IdentityChange.objects.create(
        learner=world.lea, account=lea, provider="mediacentre", old_uid="x", made_at=now
    )
    apart = world.learner(
        "apart", establishment=school, first_name="Ugo", last_name="PARTI", division=world.divisions["6A"]
    )
    detach(attachment=Attachment.objects.get(account=account_of(apart)), why="", by=garcao, at=now)
    sealed = SecondFactorAdapter().encrypt("JBSWY3DPEHPK3PXP")
    proof = Authenticator.objects.create(user=garcao, type="totp", data={"secret": sealed})
    his = SocialAccount.objects.create(user=garcao, provider="mediacentre", uid="ent-garcao")
    anything = {
        "uai": school.uai,
        "learner": world.lea.pk,
        "division": world.divisions["6A"].pk,
        "code": campaign.code,
        "slug": "mediacentre",
        "number": cards.batch.number,
        "token": asked.token,
        "change": change.pk,
        "way": "MEDIACENTRE",
    }
    pks = {
        **_between_accounts(world, lea, now),
        "accounts:unlink": his,
        "attachments:help_decide": call,
        "attachments:conflict_seen": case,
        "attachments:give_identities": case,
        "attachments:take_identity": his,
        "attachments:undo_identity": replaced,
        "attachments:import_accounts": brought,
        "establishments:withdraw": asked.invitation,
        "establishments:colleague": Membership.objects.get(account=garcao),
        "establishments:reset_second_factor": Membership.objects.get(account=world.ndiaye),
        "accounts:remove_factor": proof,
        "establishments:remove": Membership.objects.get(account=garcao),
        "parcours:put_away": campaign.parcours,
        "parcours:change_question": question,
        "parcours:put_question_away": question,
    }
    rooms = {
        "campaigns": campaign,
        "classroom": lesson,
        "handouts": errand,
        "parcours": begun.attempt,
        "results": campaign,
        "rosters": brought,
    }
    forgotten = people["teacher"]
    return anything, {
        **{(room, "pk"): thing.pk for room, thing in rooms.items()},  # unless its address says otherwise
        **{(name, "pk"): thing.pk for name, thing in pks.items()},
        ("attachments:undo_detach", "learner"): apart.pk,
        ("classroom:accept", "asked"): call.pk,
        ("privacy:paper", "kind"): "registre",
        ("rosters:model", "kind"): "csv",
        ("parcours:export_bank", "to"): "gift",
        ("parcours:export_questions", "to"): "gift",
        **{
            (f"parcours:{name}", "which"): campaign.parcours_id
            for name in ("preview", "preview_question", "preview_file")
        },
        **{(f"parcours:{name}", "item"): "1-3-emprunts" for name in ("preview_question", "preview_file")},
        ("parcours:preview_file", "draw"): 1,
        ("parcours:preview_file", "name"): "emprunts.csv",
        ("parcours:resource", "item"): begun.attempt.item_id,
        ("parcours:resource", "name"): "rien.csv",
        ("accounts:reset", "uid"): urlsafe_base64_encode(force_bytes(forgotten.pk)),
        ("accounts:reset", "token"): default_token_generator.make_token(forgotten),
    }


def _between_accounts(world: World, lea: Account | None, now: datetime) -> dict[str, Any]:
    """A merge that waits and one that is over, a pair set aside, a request of another school and one to it."""
    other, noe = Account.objects.create(username="lea.deux"), world.learners["noe"]
    sides = {"learner": world.lea, "establishment": world.tilleuls, "kept": lea, "joined": other}
    waiting = Merge.objects.create(**sides, asked_at=now, asked_by=world.boeuf)
    done = Merge.objects.create(
        **sides,
        asked_at=now,
        asked_by=world.boeuf,
        decided_by=world.ndiaye,
        decided_at=now,
        state=MergeState.UNDONE,
    )
    low, high = sorted((lea.pk if lea else 0, other.pk))
    aside = SetAside.objects.create(
        establishment=world.tilleuls, learner=world.lea, low_id=low, high_id=high, made_at=now
    )
    here, there = (world.tilleuls, world.lea), (world.mimosas, noe)
    received, sent = (
        Transfer.objects.create(
            establishment=asking[0],
            learner=asking[1],
            holder=asked[0],
            holder_learner=asked[1],
            account=other,
            asked_at=now,
        )
        for asking, asked in ((there, here), (here, there))
    )
    first = Transfer.objects.create(
        establishment=world.tilleuls, learner=world.learners["nils"], state="FIRST", asked_at=now
    )
    return {
        "attachments:first_time_undo": first,
        "attachments:merge_answer": waiting,
        "attachments:merge_undo": done,
        "attachments:desk_back": aside,
        "attachments:transfer_answer": received,
        "attachments:transfer_withdraw": sent,
    }


def _import(world: World, now: datetime) -> tuple[RosterImport, ImportChange]:
    made = start_import(
        establishment=world.tilleuls,
        file_name="base.xml",
        content=file_of(same(world.lea, division="6C")),
        by=world.boeuf,
        at=now,
    )
    read_import(roster_import_id=made.pk, clock=lambda: now)
    made.refresh_from_db()
    assert made.state == ImportState.READY, made.problems
    return made, made.changes.get(learner=world.lea)
