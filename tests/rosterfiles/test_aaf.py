"""The academies' directory: whose pupils, in which classes, and what is never asked of the network."""

import itertools
import socket
import time
import tracemalloc
from datetime import date

import pytest
from hypothesis import given, settings

from preau.rosterfiles import Limits
from preau.rosterfiles.prolog import without_dtd
from tests.rosterfiles.feed_files import DTD, aaf, attr, directory, other_pupil, pupil, request, school
from tests.rosterfiles.siecle_file import UAI, codes, eleve, read, siecle, structures, written, zipped
from tests.rosterfiles.test_read_properties import damaged, holds_together

NAME = f"ENT_{UAI}_Complet_20260915_Eleve_0000.xml"
TWO = aaf(pupil(), other_pupil())
OTHER = "0180777X"


def test_lea_and_noe_are_read_with_their_classes():
    file = read(TWO, name=NAME)
    assert (file.source, file.uai, file.school_year) == ("aaf", UAI, 2026)
    assert file.exported_on == date(2026, 9, 15)
    assert codes(file) == []
    lea, noe = file.pupils
    assert (lea.last_name, lea.first_name, lea.other_first_names) == ("MARTIN", "Léa", ("Rose",))
    assert (lea.ine, lea.birth_date, lea.local_id) == ("123456789FJ", date(2014, 5, 3), "1501")
    assert (lea.division, lea.groups) == ("6A", ("6LATIN",))
    assert (noe.division, noe.groups) == ("6B", ())
    assert file.silent_on == {"left_on", "entered_on"}


def test_addresses_titles_and_parents_are_never_held():
    file = read(TWO, name=NAME)
    assert "Lilas" not in repr([*file.pupils])
    assert "999$" not in repr([*file.pupils])


def test_the_zip_with_its_sisters_says_which_school_it_is():
    staff = aaf(request("PersEducNat", attr("sn", "LOVELACE")))
    parents = aaf(request("PersRelEleve", attr("sn", "MARTIN")))
    data = directory(PersEducNat=staff, Eleve=TWO, PersRelEleve=parents, EtabEducNat=aaf(school(uai=OTHER)))
    file = read(data)
    assert file.uai == OTHER  # what is inside, rather than the name
    assert len(file.pupils) == 2
    assert codes(file) == []


def test_pupils_in_several_files_of_one_zip_are_all_read():
    files = [(NAME, aaf(pupil())), (NAME.replace("0000", "0001"), aaf(other_pupil()))]
    assert [each.first_name for each in read(zipped(*files)).pupils] == ["Léa", "Noé"]


def test_a_zip_of_one_file_gives_its_name_too():
    assert read(zipped((NAME, TWO))).uai == UAI


def test_without_a_name_nor_the_file_of_schools_somebody_has_to_say():
    file = read(TWO)
    assert codes(file) == ["UAI_MISSING", "YEAR_MISSING"]
    assert len(file.pupils) == 2


def test_in_august_the_directory_does_not_say_which_year_it_is_of():
    file = read(TWO, name=NAME.replace("0915", "0825"))
    assert codes(file) == ["YEAR_MISSING"]
    assert read(TWO, name=NAME.replace("0915", "9999")).exported_on is None


def test_a_legal_name_and_a_usual_name_are_told_apart():
    (lea,) = read(aaf(pupil(ENTPersonNomPatro="LE GALL", sn="MARTIN")), name=NAME).pupils
    assert (lea.last_name, lea.usage_name) == ("LE GALL", "MARTIN")
    file = read(aaf(pupil(ENTPersonNomPatro=None)), name=NAME)
    assert (file.pupils[0].last_name, file.pupils[0].usage_name) == ("MARTIN", None)
    assert "usage_name" in file.silent_on


def test_other_given_names_come_apart_or_in_one_value():
    (lea,) = read(aaf(pupil(ENTPersonAutresPrenoms="LÉA, Rose, Anne")), name=NAME).pupils
    assert lea.other_first_names == ("Rose", "Anne")


@pytest.mark.parametrize(
    ("attribute", "silent", "code"),
    [
        ("ENTEleveINE", "ine", "INE_COLUMN_MISSING"),
        ("ENTPersonDateNaissance", "birth_date", "BIRTH_COLUMN_MISSING"),
        ("ENTEleveClasses", "division", None),
        ("ENTEleveGroupes", "groups", None),
        ("ENTEleveStructRattachId", "local_id", None),
    ],
)
def test_what_an_old_format_does_not_have_is_not_taken_for_empty(attribute, silent, code):
    without = {attribute: None}
    file = read(aaf(pupil(**without), other_pupil(**without)), name=NAME)
    assert file.silent_on == {"left_on", "entered_on", silent}
    assert code is None or codes(file) == [code]
    assert not any("tableau" in problem.message for problem in file.problems)
    empty = read(aaf(pupil(**{attribute: ()}), other_pupil()), name=NAME)
    assert silent not in empty.silent_on


def test_a_maker_who_puts_the_number_of_the_school_gives_no_number_of_pupils():
    same = {"ENTEleveStructRattachId": "1234"}
    file = read(aaf(pupil(**same), other_pupil(**same)), name=NAME)
    assert [each.local_id for each in file.pupils] == [None, None]
    assert "local_id" in file.silent_on
    assert codes(file) == []


def test_a_pupil_listed_twice_is_one_pupil():
    file = read(aaf(pupil(), pupil("777")), name=NAME)
    assert len(file.pupils) == 1
    assert codes(file) == ["PUPIL_DOUBLED"]


class TestSeveralSchools:
    both = aaf(school(), school("4567", OTHER))
    pupils = aaf(pupil(), other_pupil(school="4567"))

    def test_the_one_expected_is_chosen(self):
        data = directory(EtabEducNat=self.both, Eleve=self.pupils)
        for uai, name in ((UAI, "Léa"), (OTHER, "Noé")):
            file = read(data, expected_uais=frozenset({uai}))
            assert (file.uai, [each.first_name for each in file.pupils]) == (uai, [name])
            assert codes(file) == ["OTHER_SCHOOLS"]
            assert "1)" in file.problems[0].message

    def test_the_name_of_the_file_says_which_when_nobody_does(self):
        assert read(directory(EtabEducNat=self.both, Eleve=self.pupils)).uai == UAI

    def test_without_a_reason_to_choose_nobody_is_read(self):
        file = read(zipped(("a.xml", self.both), ("b.xml", self.pupils)))
        assert codes(file) == ["SEVERAL_SCHOOLS"]
        assert UAI in file.problems[0].message
        assert OTHER in file.problems[0].message
        for name in ("", NAME):  # half of them each: the name does not say which number is which
            assert codes(read(self.pupils, name=name)) == ["SEVERAL_SCHOOLS"]

    def test_a_file_of_other_schools_is_refused(self):
        file = read(
            zipped(("a.xml", self.both), ("b.xml", self.pupils)), expected_uais=frozenset({"0870050G"})
        )
        assert file.unreadable
        assert codes(file) == ["NOT_OUR_SCHOOL"]

    def test_one_school_that_is_another_is_refused_but_listed(self):
        file = read(TWO, name=NAME, expected_uais=frozenset({OTHER}))
        assert codes(file) == ["UAI_OTHER_SCHOOL"]

    def test_a_pupil_of_two_schools_has_the_class_of_each(self):
        lea = pupil(ENTEleveClasses=("1234$6A", "4567$ULIS"), ENTEleveGroupes=("4567$G2", "1234$G1"))
        data = directory(EtabEducNat=self.both, Eleve=aaf(lea, other_pupil(school="4567")))
        (here,) = read(data, expected_uais=frozenset({UAI})).pupils
        assert (here.division, here.groups) == ("6A", ("G1",))
        there = read(data, expected_uais=frozenset({OTHER})).pupils[0]
        assert (there.division, there.groups) == ("ULIS", ("G2",))

    def test_a_few_pupils_from_elsewhere_do_not_hide_whose_file_it_is(self):
        guest = other_pupil("9", school="4567", ENTEleveINE="", sn="PETIT", ENTPersonNomPatro="PETIT")
        file = read(aaf(pupil(), other_pupil(), guest), name=NAME)
        assert (file.uai, len(file.pupils)) == (UAI, 2)
        assert codes(file) == ["OTHER_SCHOOLS"]


@pytest.mark.parametrize(
    "data",
    [
        aaf(request("Eleve", attr("sn", "X"), kind="modifyRequest")),
        aaf(pupil(), request("Eleve", "", kind="deleteRequest")),
        directory(EtabEducNat=aaf(school()), Eleve=aaf(pupil(), request("Eleve", "", kind="deleteRequest"))),
    ],
)
def test_a_file_of_changes_is_refused(data):
    assert read(data).source == "aaf"
    assert codes(read(data)) == ["AAF_DELTA"]


def test_a_file_of_changes_that_only_adds_is_known_by_its_name():
    assert codes(read(TWO, name=NAME.replace("Complet", "Delta"))) == ["AAF_DELTA"]
    assert codes(read(zipped((NAME.replace("Complet", "DELTA"), TWO)))) == ["AAF_DELTA"]


@pytest.mark.parametrize(
    "data",
    [
        aaf(),
        aaf(school()),
        aaf(request("PersRelEleve", attr("sn", "MARTIN"))),
        directory(EtabEducNat=aaf(school()), PersEducNat=aaf(request("PersEducNat", attr("sn", "X")))),
        directory(EtabEducNat=aaf(school()), Eleve=b""),
    ],
)
def test_the_files_of_other_people_are_called_by_their_name(data):
    assert codes(read(data)) == ["AAF_NO_PUPILS"]


@pytest.mark.parametrize("encoding", ["UTF-8", "ISO-8859-15", "UTF-16"])
@pytest.mark.parametrize(
    "dtd",
    [
        "",
        DTD,
        "<!-- export -->\n<?x y?>\n" + DTD + "<!-- fin -->\n",
        "<!DOCTYPE ficAlimMENESR\n SYSTEM 'http://192.0.2.1/ficAlimMENESR.dtd'\n>\n",
        '<!DOCTYPE ficAlimMENESR PUBLIC "-//MENESR//AAF" "file:///etc/passwd">',
    ],
)
def test_the_dtd_that_is_named_is_never_looked_for(dtd, encoding, monkeypatch):
    def nobody(*args, **kwargs):
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", nobody)
    file = read(aaf(pupil(sn="CŒUR", ENTPersonNomPatro="CŒUR"), dtd=dtd, encoding=encoding), name=NAME)
    assert [each.last_name for each in file.pupils] == ["CŒUR"]
    assert file.pupils[0].line == 4 + dtd.count("\n") - DTD.count("\n")


def test_no_parser_hears_of_the_dtd():
    for size in (1, 7, 1_000_000):
        pieces = [TWO[at : at + size] for at in range(0, len(TWO), size)]
        text = b"".join(without_dtd(pieces))
        assert b"DOCTYPE" not in text
        assert text.count(b"\n") == TWO.count(b"\n")


@pytest.mark.parametrize(
    ("dtd", "code"),
    [
        ('<!DOCTYPE ficAlimMENESR [<!ENTITY a "b">]>', "DOCTYPE"),
        ('<!DOCTYPE ficAlimMENESR SYSTEM "x.dtd" [<!ENTITY a "b">]>', "DOCTYPE"),
        ("<!DOCTYPE ficAlimMENESR>", "DOCTYPE"),
        ('<!DOCTYPE autre SYSTEM "ficAlimMENESR.dtd">', "DOCTYPE"),
        (DTD + DTD, "MALFORMED"),
    ],
)
def test_any_other_doctype_is_refused(dtd, code):
    assert codes(read(aaf(pupil(), dtd=dtd), name=NAME)) == [code]
    packed = directory(EtabEducNat=aaf(school()), Eleve=aaf(pupil(), dtd=dtd))
    assert codes(read(packed)) == [code]


def test_the_dtd_of_the_directory_opens_no_other_file():
    assert codes(read(written(DTD + siecle(eleve(), placed=[structures("1", "6A")])))) == ["DOCTYPE"]


def test_an_entity_is_refused_and_nothing_is_read():
    assert codes(read(aaf(pupil(sn="&lol;")).replace(b"&amp;lol;", b"&lol;"), name=NAME)) == ["MALFORMED"]


def test_a_truncated_or_monstrous_file_is_refused_whole():
    truncated = read(TWO[:-60], name=NAME)
    assert codes(truncated) == ["MALFORMED"]
    assert "SIECLE" not in truncated.problems[0].message
    broken = directory(EtabEducNat=aaf(school())[:-30], Eleve=TWO)
    assert codes(read(broken)) == ["MALFORMED"]
    huge = aaf(pupil(givenName="A" * 2_000_000))
    assert codes(read(huge, name=NAME)) == ["OVERSIZED_RECORD"]
    many = aaf(pupil(ENTEleveGroupes=tuple(f"1234$G{at}" for at in range(300))))
    assert codes(read(many, name=NAME)) == ["TOO_MANY_STRUCTURES"]
    assert codes(read(TWO, name=NAME, limits=Limits(pupils=1))) == ["TOO_MANY_PUPILS"]
    bomb = aaf(pupil(), *[" " * 3_000_000])
    assert codes(read(directory(EtabEducNat=aaf(school()), Eleve=bomb))) == ["ZIP_SUSPECT"]


def test_an_export_of_siecle_among_them_is_the_one_that_is_read():
    data = zipped(
        (NAME, TWO), ("b.xml", TWO), ("Eleves.xml", written(siecle(eleve(), placed=[structures("1", "6A")])))
    )
    assert read(data).source == "siecle"


@settings(max_examples=150, deadline=2_000)
@given(damaged(TWO))
def test_a_damaged_file_lists_everybody_or_nobody(data):
    held(read(data, name=NAME))


@settings(max_examples=150, deadline=2_000)
@given(damaged(directory(EtabEducNat=aaf(school()), Eleve=TWO)))
def test_a_damaged_zip_lists_everybody_or_nobody(data):
    held(read(data))


def held(file):
    """Like `holds_together`, for pupils that may be known by their names alone."""
    if file.unreadable:
        holds_together(file)
    else:
        assert len(file.pupils) + len(file.blocked) > 0
        assert all(each.ine or (each.last_name and each.first_name) for each in file.pupils)


def many(number: int, where: str = "1234") -> list[str]:
    """Pupils who share nothing, as heavy as true ones (2.7 kB)."""
    weight = "".join(attr(f"ENTEleveEnseignements{at}", "MATIERE " * 5) for at in range(22))
    return [
        pupil(
            str(at),
            where,
            ENTEleveINE=f"{at:09d}AA",
            ENTPersonNomPatro=f"NOM{at}",
            sn=f"NOM{at}",
            ENTEleveClasses=f"{where}$6{at % 20}",
        ).replace("</attributes>", weight + "</attributes>")
        for at in range(number)
    ]


def test_a_large_school_is_read_in_a_moment_and_its_lines_stay_true():
    data = aaf(*many(3_640))
    begun = time.process_time()
    file = read(data, name=NAME)
    assert time.process_time() - begun < 6  # one second alone
    assert len(file.pupils) == 3_640
    lines = data.split(b"\n")
    for at in (0, 1_500, 3_639):
        assert lines[file.pupils[at].line - 1] == b"<addRequest>"


def test_the_schools_of_an_academy_take_no_room():
    everywhere = [aaf(*itertools.chain.from_iterable(many(30, str(at)) for at in range(100, 200)))]
    schools = aaf(school(), *(school(str(at), OTHER) for at in range(100, 200)))
    data = zipped(
        ("ENT_Complet_EtabEducNat_0000.xml", schools),
        ("ENT_Complet_Eleve_0000.xml", everywhere[0]),
        ("ENT_Complet_Eleve_0001.xml", aaf(pupil())),
    )
    tracemalloc.start()
    file = read(data, expected_uais=frozenset({UAI}), limits=Limits(pupils=10))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [each.first_name for each in file.pupils] == ["Léa"]
    assert peak < 5_000_000
