from certflow.accounts.roles import ORGANISATION_ROLES, ROLES, in_order


def test_every_role_is_listed_under_its_key_with_both_titles():
    assert len(ROLES) == 15
    assert all(role.key == key and role.title.zh and role.title.en for key, role in ROLES.items())
    assert set(ROLES) >= ORGANISATION_ROLES


def test_roles_are_ordered_and_unknown_ones_left_out():
    assert in_order({"regulator", "applicant", "wizard"}) == ("applicant", "regulator")
