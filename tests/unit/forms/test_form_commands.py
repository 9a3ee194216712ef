from certflow.forms.commands import add_records, read_command, remove


def test_the_pressed_button_is_read():
    command = read_command([("_page", "choose"), ("_go", "page:records"), ("mode", "first")])
    assert (command.page, command.go, command.save) == ("choose", "records", False)


def test_ticked_library_records_are_read():
    command = read_command(
        [("_picked.audit", "1"), ("_picked.audit", "2"), ("_picked.cpd", "3"), ("_pick", "audit")]
    )
    assert (command.pick, command.picked) == ("audit", ("1", "2"))


def test_an_empty_record_is_added(apply, answers):
    rows = add_records(apply, answers, "audit")["audit"]
    assert len(rows) == 3
    assert set(rows[2]) == {"id"}


def test_a_library_record_is_added_once(apply, answers):
    picked = [
        {"source": "lib2", "organisation": "x"},
        {"source": "lib3", "organisation": "松江", "owner": 5},
    ]
    rows = add_records(apply, answers, "audit", picked)["audit"]
    assert [row.get("source") for row in rows] == [None, "lib2", "lib3"]
    assert "owner" not in rows[2]


def test_a_record_is_removed(apply, answers):
    assert [row["id"] for row in remove(apply, answers, "audit/r1")["audit"]] == ["r2"]


def test_a_file_of_a_record_is_removed(apply, answers):
    rows = remove(apply, answers, "audit/r1/files/f1")["audit"]
    assert (rows[0]["files"], rows[1]["files"]) == ([], ["f1"])


def test_removing_what_is_not_there_changes_nothing(apply, answers):
    assert remove(apply, answers, "nowhere/r1") == answers
    assert remove(apply, answers, "audit/r9") == answers
