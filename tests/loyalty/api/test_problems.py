"""Every refusal has its HTTP status."""

from __future__ import annotations

import pytest

from loyalty import exceptions
from loyalty.api.problems import STATUSES, answer_problem, describe
from loyalty.exceptions import EventPayloadInvalid, LoyaltyError, RefundTooLarge

CODES = {
    found.code: found
    for found in vars(exceptions).values()
    if isinstance(found, type) and issubclass(found, LoyaltyError)
}


@pytest.mark.parametrize("code", CODES)
def test_every_code_has_a_status_and_a_document(code: str) -> None:
    assert code in STATUSES
    document = describe(CODES[code]())
    assert document["status"] == STATUSES[code] in (400, 403, 404, 409, 413, 422)
    assert (document["code"], document["type"]) == (code, "about:blank")


def test_no_status_is_for_a_code_that_nobody_raises() -> None:
    assert {
        code
        for code in STATUSES
        if not code.startswith(("referral", "own_", "already_", "no_such", "visit_"))
    } <= {*CODES}


def test_details_stand_in_errors_or_in_params() -> None:
    fields = [{"path": "total", "code": "required", "message": "Give it.", "more": 1}]

    assert describe(EventPayloadInvalid(details=fields))["errors"] == [
        {"path": "total", "code": "required", "message": "Give it."}
    ]
    assert describe(RefundTooLarge(asked="2", remaining="1"))["params"] == {"asked": "2", "remaining": "1"}


def test_a_hosts_own_refusal_is_422() -> None:
    class Strange(LoyaltyError):
        code = "strange"

    answer = answer_problem(Strange())
    assert answer is not None
    assert (answer.status_code, answer.data["code"]) == (422, "strange")


def test_what_is_no_refusal_has_no_document() -> None:
    assert answer_problem(ZeroDivisionError()) is None
