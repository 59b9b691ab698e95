"""The kit itself: a check that cannot fail is a defect."""

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from tests.page import Page, PageClient, check_page

GOOD = '<html lang="fr"><head><title>t</title></head><body><h1>t</h1>{}</body></html>'


def read(body: str) -> Page:
    response = HttpResponse(GOOD.format(body))
    response.request = RequestFactory().get("/").environ
    return Page(PageClient(), response)


@pytest.mark.parametrize(
    "fault",
    [
        "<h1>bis</h1>",
        '<p id="a"></p><p id="a"></p>',
        '<p style="color:red"></p>',
        '<p onclick="x()"></p>',
        "<script>x()</script>",
        "<style>p{}</style>",
        '<input name="nom">',
        '<form method="post"></form>',
    ],
)
def test_the_page_client_refuses_a_badly_built_page(fault: str) -> None:
    check_page(read("<p>rien</p>"))
    with pytest.raises(AssertionError):
        check_page(read(fault))


def test_the_world_has_two_schools(world) -> None:
    assert {world.tilleuls.uai, world.mimosas.uai} == {"0931434D", "0180777X"}
    assert world.lea.display_name == "Léa MARTIN"
