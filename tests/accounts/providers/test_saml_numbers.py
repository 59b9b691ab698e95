"""A school shares one address and nobody is counted by it; whoever forges is slowed all the same."""

from __future__ import annotations

from typing import Any

import pytest
from lxml import etree
from onelogin.saml2.xml_utils import OneLogin_Saml2_XML

from preau.accounts.models import Account
from preau.accounts.providers import numbers, saml_response, saml_schema
from preau.accounts.providers.numbers import TRIES, must_be_ours, new_number
from preau.accounts.providers.refusals import TooLate
from tests.accounts.providers import gar
from tests.accounts.providers.conftest import asks, brings, known, signed_in
from tests.page import PageClient


@pytest.fixture
def verified(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The documents that were worth a verification."""
    seen: list[Any] = []
    real = saml_response._verify

    def count(document: Any, *args: Any) -> Any:
        seen.append(document)
        return real(document, *args)

    monkeypatch.setattr(saml_response, "_verify", count)
    return seen


def test_a_number_is_good_here_for_this_provider_and_ten_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    one = new_number("mediacentre")
    must_be_ours("mediacentre", one)
    assert new_number("mediacentre") != one
    for other in ("", "_", one[:-1], _bent(one, 72), _bent(one, 3), "_" + "é" * 72, one + "0"):
        with pytest.raises(TooLate):
            must_be_ours("mediacentre", other)
    with pytest.raises(TooLate):
        must_be_ours("autre", one)
    for late in (601, -120):
        then = numbers.time.time() + late
        monkeypatch.setattr(numbers.time, "time", lambda then=then: then)
        with pytest.raises(TooLate):
            must_be_ours("mediacentre", one)
        monkeypatch.undo()


def _bent(number: str, at: int) -> str:
    """The same but for one digit, which is surely another."""
    return number[:at] + ("0" if number[at] != "0" else "1") + number[at + 1 :]


def test_a_changed_key_of_the_server_keeps_who_is_on_the_way(settings: Any) -> None:
    one, old = new_number("mediacentre"), settings.SECRET_KEY
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "autre", [old]
    must_be_ours("mediacentre", one)


def test_an_answer_to_no_request_of_ours_is_not_even_verified(
    page: PageClient, db: None, verified: list[Any]
) -> None:
    for number in ("_request", new_number("autre"), ""):
        assert brings(page, gar.Answer(number)).status_code == 403
    assert not verified


def test_a_forger_has_three_tries_a_request_and_a_school_behind_the_same_address_none_the_less(
    page: PageClient, lea: Account, verified: list[Any]
) -> None:
    known(lea)
    forger = PageClient()
    number = asks(forger).request_id
    for _ in range(20):
        assert brings(forger, gar.Answer(number, key="somebody")).status_code == 403
    assert len(verified) == TRIES
    assert brings(forger, gar.Answer(number)).status_code == 403, "right at last, and too late"
    assert brings(page, asks(page)).status_code == 302
    assert signed_in(page) == str(lea.pk)


def test_what_the_schema_refuses_is_what_the_library_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    tree = gar.Answer("_request").tree()
    empty, bare = gar.copy(tree), gar.copy(tree)
    empty.remove(empty.find("samlp:Status", gar.NAMES))
    del bare.attrib["Version"]
    documents = [tree, empty, bare, etree.tostring(tree), b"<a", b"", etree.Element("a")]
    ours = [saml_schema.validated(one, "saml-schema-protocol-2.0.xsd") for one in documents]
    assert OneLogin_Saml2_XML.validate_xml is saml_schema.validated
    theirs = [saml_schema.LIBRARY(one, "saml-schema-protocol-2.0.xsd") for one in documents]
    said = [[one if isinstance(one, str) else "good" for one in answers] for answers in (ours, theirs)]
    assert (
        said[0]
        == said[1]
        == ["good", "invalid_xml", "invalid_xml", "good", "unloaded_xml", "unloaded_xml", "invalid_xml"]
    )
