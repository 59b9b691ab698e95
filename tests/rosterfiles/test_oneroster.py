"""OneRoster zips, 1.1 and 1.2: which pupils, which classes, which school, and what never leaves the file."""

import time
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preau.rosterfiles import Limits, Status
from preau.rosterfiles.oneroster_values import day_of, ids_of, ine_of, is_month_first
from tests.rosterfiles.feed_files import packed, v11, v12, written_csv
from tests.rosterfiles.siecle_file import UAI, codes, read, zipped
from tests.rosterfiles.test_aaf import held
from tests.rosterfiles.test_read_properties import damaged

OTHER = "0180777X"
BOTH = pytest.mark.parametrize("make", [v11, v12])


def names(file):
    return [each.first_name for each in file.pupils]


@BOTH
def test_lea_and_noe_are_read_with_their_classes_and_their_teacher_is_not(make):
    file = read(packed(make()))
    assert (file.source, file.uai, file.school_year) == ("oneroster", UAI, 2026)
    assert codes(file) == []
    lea, noe = file.pupils
    assert (lea.last_name, lea.first_name, lea.other_first_names) == ("MARTIN", "Léa", ("Rose",))
    assert (lea.ine, lea.birth_date, lea.local_id) == ("123456789FJ", date(2014, 5, 3), None)
    assert (lea.division, lea.groups, lea.line) == ("6A", ("6LATIN",), 2)
    assert (noe.division, noe.groups, noe.status) == ("6B", (), Status.PRESENT)


def test_each_version_says_what_it_is_silent_on():
    assert read(packed(v11())).silent_on == {"local_id", "usage_name", "left_on", "entered_on"}
    newer = read(packed(v12()))
    assert newer.silent_on == {"local_id"}
    assert newer.version == "1.2"
    assert newer.pupils[0].entered_on == date(2026, 9, 1)


@BOTH
def test_passwords_mails_and_phones_never_leave_the_file(make):
    file = read(packed(make()))
    for secret in ("s3cret", "x@example.org", "0600000000"):
        assert secret not in repr([*file.pupils, *file.problems])


@pytest.mark.parametrize("folder", ["export/", "a/b c/", "export\\"])
def test_a_folder_capitals_and_hidden_files_do_not_hide_it(folder):
    files = {name.replace("users", "Users"): rows for name, rows in v11().items()}
    entries = [(folder + name, written_csv(rows)) for name, rows in files.items()]
    data = zipped(
        *entries, ("__MACOSX/users.csv", b"x"), ("lisez-moi.txt", b"x"), ("userProfiles.csv", b"\0")
    )
    assert names(read(data)) == ["Léa", "Noé"]


def test_a_zip_without_its_manifest_is_known_by_its_users_and_schools():
    files = v11()
    del files["manifest.csv"]
    assert codes(read(packed(files))) == []


def test_two_exports_in_one_zip_are_refused():
    files = v11()
    twice = files | {f"b/{name}": rows for name, rows in v11().items()}
    assert codes(read(packed(twice))) == ["ONEROSTER_SEVERAL"]
    assert codes(read(packed(files | {"USERS.csv": files["users.csv"]}))) == ["ONEROSTER_SEVERAL"]


@pytest.mark.parametrize("name", ["users", "enrollments", "orgs"])
def test_changes_without_the_whole_are_refused_in_a_sentence(name):
    files = v11()
    files["manifest.csv"].append({"propertyName": f"file.{name}", "value": "Delta"})
    file = read(packed(files))
    assert codes(file) == ["ONEROSTER_DELTA"]
    assert file.source == "oneroster"
    assert "export OneRoster complet" in file.problems[0].message


def test_changes_of_results_alone_do_not_matter():
    files = v11()
    files["manifest.csv"].append({"propertyName": "file.results", "value": "delta"})
    assert codes(read(packed(files))) == []


class TestWhoIsAPupil:
    @BOTH
    def test_somebody_to_be_deleted_has_left(self, make):
        files = make()
        files["users.csv"][1]["status"] = "toBeDeleted"
        lea, noe = read(packed(files)).pupils
        assert (lea.status, noe.status, noe.left_on) == (Status.PRESENT, Status.LEFT, None)

    def test_a_role_that_ended_is_a_departure_with_its_day(self):
        files = v12()
        files["roles.csv"][1]["endDate"] = "2026-09-12"
        noe = read(packed(files)).pupils[1]
        assert (noe.status, noe.left_on) == (Status.LEFT, date(2026, 9, 12))
        files["roles.csv"][1]["endDate"] = "2027-07-05"
        assert read(packed(files)).pupils[1].status is Status.PRESENT
        files["roles.csv"][1] |= {"endDate": "", "status": "tobedeleted"}
        assert read(packed(files)).pupils[1].status is Status.LEFT

    def test_a_role_that_goes_on_wins_over_one_that_ended(self):
        for order in (1, -1):
            files = v12()
            old = files["roles.csv"][1] | {"endDate": "2026-09-12", "orgSourcedId": "aca"}
            files["roles.csv"] = [*files["roles.csv"], old][::order]
            assert [each.status for each in read(packed(files)).pupils] == [Status.PRESENT] * 2

    def test_somebody_listed_twice_who_is_still_there_is_there(self):
        files = v11()
        gone = files["users.csv"][1] | {"status": "tobedeleted"}
        for rows in ([*files["users.csv"], gone], [gone, *files["users.csv"]]):
            file = read(packed(files | {"users.csv": rows}))
            assert {each.first_name: each.status for each in file.pupils} == {
                "Léa": Status.PRESENT,
                "Noé": Status.PRESENT,
            }

    def test_without_any_role_enrollments_say_who_is_a_pupil(self):
        files = v11()
        for user in files["users.csv"]:
            del user["role"]
        assert names(read(packed(files))) == ["Léa", "Noé"]

    def test_a_file_of_teachers_is_refused(self):
        files = v11()
        files["users.csv"] = files["users.csv"][2:]
        assert codes(read(packed(files))) == ["ONEROSTER_NO_PUPILS"]

    def test_preferred_names_are_usual_names(self):
        files = v12()
        files["users.csv"][0] |= {"preferredFamilyName": "LE GALL", "preferredGivenName": "Sasha"}
        lea = read(packed(files)).pupils[0]
        assert (lea.last_name, lea.usage_name, lea.first_name) == ("MARTIN", "LE GALL", "Léa")


class TestClasses:
    def test_only_active_enrollments_in_active_classes_count(self):
        files = v11()
        files["enrollments.csv"][0]["status"] = "tobedeleted"
        files["classes.csv"][2]["status"] = "tobedeleted"
        lea = read(packed(files)).pupils[0]
        assert (lea.division, lea.groups) == (None, ())

    def test_an_enrollment_that_ended_does_not_count(self):
        files = v11()
        files["enrollments.csv"][0]["endDate"] = "2026-09-10"
        assert read(packed(files)).pupils[0].division is None

    def test_a_pupil_enrolled_as_an_aide_is_no_pupil_of_that_class(self):
        files = v11()
        files["enrollments.csv"][0]["role"] = "aide"
        assert read(packed(files)).pupils[0].division is None

    def test_without_a_homeroom_nothing_is_said_of_divisions(self):
        files = v11()
        for row in files["classes.csv"]:
            row["classType"] = "scheduled"
        file = read(packed(files))
        assert "division" in file.silent_on
        assert file.pupils[0].groups == ("6A", "6LATIN")

    @pytest.mark.parametrize(
        ("missing", "silent"),
        [
            ("classes.csv", {"division", "groups"}),
            ("enrollments.csv", {"division", "groups"}),
            ("demographics.csv", {"birth_date"}),
        ],
    )
    def test_what_a_missing_file_would_say_is_left_as_it_was(self, missing, silent):
        files = v11()
        del files[missing]
        file = read(packed(files))
        assert file.silent_on >= silent
        assert "ONEROSTER_FILES_ABSENT" in codes(file)
        assert "NO_STRUCTURES" not in codes(file)
        assert missing in next(p.message for p in file.problems if p.code == "ONEROSTER_FILES_ABSENT")


class TestSchools:
    def two(self):
        files = v11()
        files["orgs.csv"].append(files["orgs.csv"][1] | {"sourcedId": "org-2", "identifier": OTHER})
        files["users.csv"][1]["orgSourcedIds"] = "aca,org-2"
        return packed(files)

    def test_the_one_expected_is_chosen(self):
        file = read(self.two(), expected_uais=frozenset({OTHER}))
        assert (file.uai, names(file)) == (OTHER, ["Noé"])
        # Noé is still enrolled in a class of the school he does not go to.
        assert codes(file) == ["OTHER_SCHOOLS", "NO_STRUCTURES"]

    def test_without_a_reason_to_choose_nobody_is_read(self):
        assert codes(read(self.two())) == ["SEVERAL_SCHOOLS"]
        assert codes(read(self.two(), expected_uais=frozenset({UAI, OTHER}))) == ["SEVERAL_SCHOOLS"]
        assert codes(read(self.two(), expected_uais=frozenset({"0870050G"}))) == ["NOT_OUR_SCHOOL"]

    def test_an_identifier_that_is_no_uai_leaves_the_question(self):
        files = v11()
        files["orgs.csv"][1]["identifier"] = "LMS"
        file = read(packed(files))
        assert (file.uai, codes(file), len(file.pupils)) == (None, ["UAI_MISSING"], 2)

    def test_without_the_file_of_schools_one_that_everybody_is_in_is_the_school(self):
        files = v11()
        del files["orgs.csv"]
        for row, orgs in zip(files["users.csv"], ["aca,org-1", "org-1,aca", "org-1"], strict=True):
            row["orgSourcedIds"] = orgs
        assert codes(read(packed(files))) == ["UAI_MISSING"]
        for row in files["users.csv"]:
            row["orgSourcedIds"] = f"aca,{UAI}"
        files["classes.csv"] = [row | {"schoolSourcedId": UAI} for row in files["classes.csv"]]
        file = read(packed(files))
        assert (file.uai, codes(file), file.pupils[0].division) == (UAI, [], "6A")

    def test_a_pupil_or_a_class_known_only_to_the_academy_is_of_the_one_school(self):
        files = v11()
        files["users.csv"][0]["orgSourcedIds"] = "aca"
        files["classes.csv"][0]["schoolSourcedId"] = "aca"
        file = read(packed(files))
        assert (names(file), file.pupils[0].division) == (["Léa", "Noé"], "6A")
        assert codes(file) == []

    def test_a_pupil_of_two_schools_has_only_the_classes_of_this_one(self):
        files = v11()
        files["orgs.csv"].append(files["orgs.csv"][1] | {"sourcedId": "org-2", "identifier": OTHER})
        files["users.csv"][0]["orgSourcedIds"] = "org-1,org-2"
        files["classes.csv"][2]["schoolSourcedId"] = "org-2"
        here = read(packed(files), expected_uais=frozenset({UAI})).pupils[0]
        there = read(packed(files), expected_uais=frozenset({OTHER})).pupils[0]
        assert (here.division, here.groups) == ("6A", ())
        assert (there.division, there.groups) == (None, ("6LATIN",))

    def test_another_school_is_refused(self):
        assert codes(read(packed(v11()), expected_uais=frozenset({OTHER}))) == ["UAI_OTHER_SCHOOL"]


class TestYears:
    def session(self, **fields):
        files = v11()
        files["academicSessions.csv"][0] |= fields
        return files

    def test_the_year_is_the_one_it_starts_in(self):
        assert read(packed(self.session(startDate="2026-07-01"))).school_year == 2026
        assert read(packed(self.session(startDate="", endDate=""))).school_year == 2026
        assert read(packed(self.session(schoolYear=""))).school_year == 2026
        assert read(packed(self.session(schoolYear="", startDate=""))).school_year is None

    def test_the_session_of_today_is_the_one_that_counts(self):
        files = v11()
        (now,) = files["academicSessions.csv"]
        later = {"startDate": "2027-09-01", "endDate": "2028-07-05", "schoolYear": "2028"}
        term = {"type": "term", "startDate": "2025-09-01", "endDate": "2025-12-01", "schoolYear": "2026"}
        files["academicSessions.csv"] = [now | term, now | later, now]
        assert read(packed(files)).school_year == 2026

    def test_last_years_export_is_refused(self):
        old = self.session(startDate="2025-09-01", endDate="2026-07-05", schoolYear="2026")
        assert codes(read(packed(old))) == ["YEAR_OLDER"]
        files = v11()
        del files["academicSessions.csv"]
        assert codes(read(packed(files))) == ["YEAR_MISSING"]


class TestOddFiles:
    def test_titles_misspelt_in_the_singular_or_repeated_in_blank(self):
        text = (
            "sourcedld,status,dataLastModified,enabledUser,orgSourcedId,role,userId,givenname,Family Name,"
            "metadata.givenName,ext_familyName,password,,,\r\n"
            "lea,active,x,true,org-1,student,{INE:123456789FJ},Léa,MARTIN,NON,NON,s3cret,,,,trop,long\r\n"
            "\r\n"
            "noe,active,x,true,org-1,student\r\n"
        )
        file = read(packed(v11() | {"users.csv": text.encode()}))
        lea = file.pupils[0]
        assert (lea.last_name, lea.first_name, lea.ine, lea.division) == (
            "MARTIN",
            "Léa",
            "123456789FJ",
            "6A",
        )
        assert [each.line for each in file.blocked] == [4]
        assert "PUPIL_UNNAMED" in codes(file)

    @pytest.mark.parametrize("separator", [";", "\t", "|"])
    @pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252", "utf-16"])
    def test_other_separators_and_encodings(self, separator, encoding):
        rows = written_csv(v11()["users.csv"], delimiter=separator).decode().replace("MARTIN", "CŒUR")
        file = read(packed(v11() | {"users.csv": rows.encode(encoding)}))
        assert [each.last_name for each in file.pupils] == ["CŒUR", "DUPONT"]

    @pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
    def test_every_line_end(self, end):
        data = written_csv(v11()["users.csv"], lineterminator=end)
        assert [each.line for each in read(packed(v11() | {"users.csv": data})).pupils] == [2, 3]

    def test_a_column_that_is_needed_and_missing_is_named(self):
        files = v11()
        for row in files["users.csv"]:
            del row["familyName"]
        file = read(packed(files))
        assert codes(file) == ["ONEROSTER_COLUMNS_MISSING"]
        assert "familyName" in file.problems[0].message
        assert codes(read(packed(v11() | {"users.csv": b""}))) == ["ONEROSTER_COLUMNS_MISSING"]

    def test_without_its_users_it_is_refused(self):
        files = v11()
        del files["users.csv"]
        assert codes(read(packed(files))) == ["ONEROSTER_FILE_MISSING"]

    @pytest.mark.parametrize("cell", ['"MARTIN', '"MARTIN" x', "".join(map(str, range(40_000)))])
    def test_a_damaged_row_refuses_the_whole_with_its_line(self, cell):
        text = written_csv(v11()["users.csv"]).replace(b"MARTIN", cell.encode())
        file = read(packed(v11() | {"users.csv": text}))
        assert codes(file) == ["ONEROSTER_DAMAGED"]
        assert "users.csv" in file.problems[0].message
        assert len(file.pupils) == 0

    def test_a_quote_that_swallows_rows_refuses_the_whole(self):
        text = (
            written_csv(v11()["users.csv"]).replace(b"MARTIN", b'"MARTIN').replace(b"LOVELACE", b'LOVELACE"')
        )
        assert codes(read(packed(v11() | {"users.csv": text}))) == ["ONEROSTER_DAMAGED"]

    def test_a_quote_closed_rows_later_in_a_column_of_no_interest_refuses_the_whole_too(self):
        first, *middle, last = written_csv(v11()["users.csv"]).split(b"s3cret")
        text = first + b'"s3cret' + b"s3cret".join(middle) + b's3cret"' + last
        assert codes(read(packed(v11() | {"users.csv": text}))) == ["ONEROSTER_DAMAGED"]

    def test_a_line_end_in_a_column_of_no_interest_is_harmless(self):
        files = v11()
        files["users.csv"][0]["phone"] = "01 02 03 04 05\nle soir"
        assert names(read(packed(files))) == ["Léa", "Noé"]

    def test_a_character_that_no_name_has_is_said(self):
        text = written_csv(v11()["users.csv"]).replace(b"MARTIN", b"MAR\0TIN")
        file = read(packed(v11() | {"users.csv": text}))
        assert codes(file) == ["NAME_DOUBTFUL"]
        assert "\0" not in file.pupils[0].last_name

    @pytest.mark.parametrize(
        "cell", ["2014-05-03T00:00:00.000Z", "03/05/2014", "2014/5/3", "20140503", "3.5.2014"]
    )
    def test_dates_in_every_form(self, cell):
        files = v11()
        files["demographics.csv"][0]["birthDate"] = cell
        assert read(packed(files)).pupils[0].birth_date == date(2014, 5, 3)

    def test_american_dates_are_known_by_their_days(self):
        files = v11()
        for row, day in zip(files["demographics.csv"], ["05/03/2014", "11/23/2013"], strict=True):
            row["birthDate"] = day
        assert [each.birth_date for each in read(packed(files)).pupils] == [
            date(2014, 5, 3),
            date(2013, 11, 23),
        ]

    def test_a_date_that_is_none_is_said(self):
        files = v11()
        files["demographics.csv"][0]["birthDate"] = "mai 2014"
        assert codes(read(packed(files))) == ["BIRTH_DATE_UNREADABLE"]

    def test_more_than_a_school_is_refused(self):
        data = packed(v11())
        assert codes(read(data, limits=Limits(pupils=1))) == ["TOO_MANY_PUPILS"]
        endless = written_csv(v11()["users.csv"]) + b"\n" * 50_000
        few = Limits(table_rows=1_000, ratio=10_000)
        assert codes(read(packed(v11() | {"users.csv": endless}), limits=few)) == ["TABLE_TOO_LARGE"]
        assert codes(read(data, limits=Limits(table_rows=1))) == ["TABLE_TOO_LARGE"]
        assert codes(read(data, limits=Limits(structures_per_pupil=1))) == ["TOO_MANY_STRUCTURES"]
        assert codes(read(data, limits=Limits(inflated_bytes=100))) == ["INFLATED_TOO_LARGE"]
        assert codes(read(packed(v11() | {"users.csv": b" " * 900_000}))) == ["ZIP_SUSPECT"]


@pytest.mark.parametrize(
    ("values", "ine"),
    [
        ({"userIds": "{LDAP:lea},{INE:123456789FJ}"}, "123456789FJ"),
        ({"userIds": "{ine: 0123456789p }"}, "0123456789P"),
        ({"userIds": '[{"type":"INE","identifier":"123456789FJ"}]'}, "123456789FJ"),
        ({"userIds": "INE:123456789FJ"}, "123456789FJ"),
        ({"userIds": "123456789FJ"}, "123456789FJ"),
        ({"userIds": "{INE:AB12CD34}"}, "AB12CD34"),
        ({"identifier": "123456789FJ"}, "123456789FJ"),
        ({"userMasterIdentifier": "000000001KG", "identifier": "123456789FJ"}, "000000001KG"),
        (
            {
                "userMasterIdentifier": "d5a2c1de-8c1b-4b4e",
                "identifier": "S2001",
                "userIds": "{LDAP:123456789FJ}",
            },
            "",
        ),
        ({"identifier": "AB12CD34"}, ""),
        ({"userIds": "{INE:inconnu}"}, ""),
        ({}, ""),
    ],
)
def test_an_ine_is_taken_wherever_it_is_and_nothing_else_for_one(values, ine):
    assert ine_of(values) == ine


def test_without_any_ine_one_sentence_says_so():
    files = v11()
    for row in files["users.csv"]:
        row["userIds"] = "{LDAP:x}"
    file = read(packed(files))
    assert codes(file) == ["INE_COLUMN_MISSING"]
    assert file.problems[0].message.startswith("Ce fichier ne donne pas d’INE")
    assert "ine" in file.silent_on


@given(st.text(max_size=40))
def test_any_cell_is_answered(text):
    ids_of(text)
    ine_of({"userIds": text, "identifier": text})
    day_of(text)
    is_month_first([text])


@settings(max_examples=150, deadline=2_000)
@given(damaged(packed(v12())))
def test_a_damaged_zip_lists_everybody_or_nobody(data):
    held(read(data))


@settings(max_examples=300, deadline=2_000)
@given(st.sampled_from(sorted(v12())), st.data())
def test_a_damaged_file_of_the_zip_lists_everybody_or_nobody(name, data):
    files = v12()
    held(read(packed(files | {name: data.draw(damaged(written_csv(files[name])))})))


def test_a_large_school_is_read_in_a_moment():
    files = v11()
    lea, classes = files["users.csv"][0], files["classes.csv"]
    files["classes.csv"] = [
        *classes,
        *(classes[2] | {"sourcedId": f"g{at}", "title": f"G{at}"} for at in range(200)),
    ]
    ids = [f"p{at}" for at in range(3_640)]
    files["users.csv"] = [
        lea | {"sourcedId": key, "familyName": f"NOM{key}", "userIds": f"{{INE:{at:09d}AA}}"}
        for at, key in enumerate(ids)
    ]
    row = files["enrollments.csv"][0]
    files["enrollments.csv"] = [
        row | {"userSourcedId": key, "classSourcedId": of}
        for at, key in enumerate(ids)
        for of in ("c-6a", *(f"g{(at + step) % 200}" for step in range(10)))
    ]
    files["demographics.csv"] = [files["demographics.csv"][0] | {"sourcedId": key} for key in ids]
    data = packed(files)
    begun = time.process_time()
    file = read(data)
    assert time.process_time() - begun < 5  # well under one second alone
    assert len(file.pupils) == 3_640
    assert len(file.pupils[0].groups) == 10
