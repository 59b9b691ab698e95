"""Pages that anyone may open."""

import pytest


@pytest.mark.parametrize("address", ["/accessibilite/", "/donnees-personnelles/", "/aide/", "/nulle-part/"])
@pytest.mark.parametrize("how", [{}, {"phone": True}, {"dark": True}], ids=["bureau", "téléphone", "sombre"])
def test_anyone_reads_the_notices(someone, address, how) -> None:
    someone(**how).opens(address)


@pytest.mark.parametrize(
    "fault",
    [
        "<img src='data:image/gif;base64,R0lGODlhAQABAAAAACw='>",
        "<p style='color:#bbb;background:#fff'>pâle</p>",
        "<input name='nom'>",
        "<p style='width:3000px'>large</p>",
    ],
    ids=["image sans texte", "contraste", "champ sans nom", "trop large"],
)
def test_a_page_that_is_badly_built_would_be_seen(someone, fault) -> None:
    person = someone()
    good = "<html lang='fr'><title>t</title><main><h1>t</h1>{}</main></html>"
    person.page.set_content(good.format("<p>Bien.</p>"))
    person.looks()
    person.page.set_content(good.format(fault))
    with pytest.raises(AssertionError):
        person.looks()
