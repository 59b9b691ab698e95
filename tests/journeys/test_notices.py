"""Pages that anyone may open."""

import pytest


@pytest.mark.parametrize("address", ["/accessibilite/", "/donnees-personnelles/", "/aide/", "/nulle-part/"])
@pytest.mark.parametrize("how", [{}, {"phone": True}, {"dark": True}], ids=["bureau", "téléphone", "sombre"])
def test_anyone_reads_the_notices(someone, address, how) -> None:
    someone(**how).opens(address)
