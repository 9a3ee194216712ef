from certflow.personnel.witnessing import NO_AUDIT, unmatched

AUDIT = {"id": "a1", "source": "12", "duties": "生产部 8.5.1、10.2，质量部 9.1"}


def report(key="w1", audit="a1", clauses=("8.5", "9.1", "10.2"), **more):
    return {"id": key, "audit": audit, "clauses": list(clauses), **more}


def test_a_report_that_covers_the_duties_is_in_order():
    assert unmatched([AUDIT], [report()]) == {}


def test_a_clause_that_is_not_witnessed_is_named_in_order():
    errors = unmatched([AUDIT], [report(clauses=["8.5"])])
    assert "9.1、10.2" in errors["witness/w1/clauses"].zh


def test_a_clause_beside_does_not_cover():
    assert (
        "8.5.1"
        in unmatched([AUDIT], [report(clauses=["8.6", "9.1", "10.2"])])["witness/w1/clauses"].zh
    )


def test_reports_on_one_audit_count_together():
    first, second = report(clauses=["8.5"]), report("w2", clauses=["9.1", "10.2"])
    assert unmatched([AUDIT], [first, second]) == {}
    other = {"id": "a2", "duties": "4.1"}
    assert set(unmatched([AUDIT, other], [first, report("w2", "a2", ["9.1"])])) == {
        "witness/w1/clauses",
        "witness/w2/clauses",
    }


def test_all_clauses_ticked_is_enough():
    assert unmatched([AUDIT], [report(clauses=[], all_clauses=True)]) == {}


def test_the_audit_may_be_named_by_its_library_record():
    assert unmatched([AUDIT], [report(audit="12")]) == {}


def test_a_report_on_no_audit_of_the_application_is_refused():
    for audit in ("a9", "", None):
        assert unmatched([{**AUDIT, "source": None}], [report(audit=audit)]) == {
            "witness/w1/audit": NO_AUDIT
        }
