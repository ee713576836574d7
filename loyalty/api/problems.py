"""Refusals as problem documents (RFC 9457), and the one place that maps our codes to HTTP statuses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from math import ceil
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions as rest
from rest_framework.response import Response

from loyalty.exceptions import LoyaltyError

CONTENT_TYPE = "application/problem+json"

_BY_STATUS = {
    400: "event_kind_unknown event_payload_invalid idempotency_key_invalid idempotency_key_missing invalid_amount "
    "invalid_card_number loyalty_error program_ambiguous reason_required",
    403: "past_not_allowed token_required own_card adjustment_too_large",
    404: "card_not_found currency_not_found holder_not_found preset_not_found program_not_found "
    "purchase_not_found spend_not_found",
    409: "campaign_state_invalid cancel_not_allowed capture_too_large card_blocked card_closed card_merged card_not_merged "
    "concurrent_update currency_not_spendable debt_outstanding external_id_taken hold_expired holder_is_owner "
    "idempotency_in_progress insufficient_points merge_is_self number_taken open_holds parent_already_set "
    "parent_cycle parent_immutable parent_is_self purchase_already_refunded purchase_not_refunded "
    "refund_too_large reward_not_granted segment_archived segment_in_use segment_not_listed "
    "spend_state_invalid token_used",
    413: "upload_too_large",
    422: "campaign_file_invalid campaign_invalid event_conflict idempotency_key_reused refund_line_unknown "
    "segment_invalid token_expired token_invalid",
}
STATUSES = {code: status for status, codes in _BY_STATUS.items() for code in codes.split()}

# What a host's own refusals are answered with.
_OTHER = 422
# A request that comes again in a moment may succeed.
_RETRY_SOON = frozenset(["concurrent_update", "idempotency_in_progress"])

_SENTENCES = {
    "not_found": _("There is nothing here, or nothing for you. Check the address."),
    "invalid_request": _("The request is not valid. Correct the fields listed in the errors."),
    "permission_denied": _("You may not do this. Ask somebody who may, or for the permission."),
}


def register_statuses(statuses: Mapping[str, int]) -> None:
    """Say with which HTTP status refusals of another app are answered, by their code."""
    STATUSES.update(statuses)


def status_of(code: str) -> int:
    """The HTTP status of a refusal."""
    return STATUSES.get(code, _OTHER)


def answer_problem(error: Exception, _context: Mapping[str, Any] | None = None) -> Response | None:
    """The problem document for what a view raised; None for a mistake of ours, which stays the host's 500."""
    if isinstance(error, LoyaltyError):
        return _answer(describe(error), _headers_of(error))
    if isinstance(error, Http404):
        error = rest.NotFound()
    elif isinstance(error, PermissionDenied):
        error = rest.PermissionDenied()
    elif isinstance(error, RequestDataTooBig):
        return _answer(problem(413, "request_too_large", _("The request is too large. Send less at a time.")))
    if not isinstance(error, rest.APIException):
        return None
    if isinstance(error, rest.ValidationError):
        code, errors = "invalid_request", list(flatten(error.detail))
    else:
        code, errors = getattr(error.detail, "code", None) or error.default_code, []
    document = problem(error.status_code, code, _SENTENCES.get(code, str(error.detail)), errors=errors)
    return _answer(document, _headers_of(error))


def describe(error: LoyaltyError) -> dict[str, Any]:
    """A refusal as a problem document; what it is about stands in `errors` or in `params`."""
    details = error.details
    if isinstance(details, list):
        return problem(status_of(error.code), error.code, error, errors=[_mistake(one) for one in details])
    params = {name: _plain(value) for name, value in details.items()}
    return problem(status_of(error.code), error.code, error, params=params)


def problem(status: int, code: str, detail: object, **more: Any) -> dict[str, Any]:
    """A problem document. `code` is what clients branch on, `detail` a sentence in the language of the request."""
    document = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": str(detail),
    }
    return document | {name: value for name, value in more.items() if value}


def flatten(detail: object, path: str = "") -> Iterator[dict[str, str]]:
    """The mistakes that a serializer found, each with the path of its field: `lines[0].amount`."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            if name == "non_field_errors":
                yield from flatten(inner, path)
            elif isinstance(name, int):
                yield from flatten(inner, f"{path}[{name}]")
            else:
                yield from flatten(inner, f"{path}.{name}" if path else str(name))
    elif isinstance(detail, list):
        nested = any(isinstance(inner, Mapping) for inner in detail)
        for number, inner in enumerate(detail):
            yield from flatten(inner, f"{path}[{number}]" if nested else path)
    else:
        yield {"path": path, "code": getattr(detail, "code", "invalid"), "message": str(detail)}


def _mistake(one: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(one.get(name, "")) for name in ("path", "code", "message")}


def _plain(value: object) -> object:
    return value if isinstance(value, str | int | bool | None) else str(value)


def _headers_of(error: Exception) -> dict[str, str]:
    headers = {}
    if isinstance(error, LoyaltyError) and error.code in _RETRY_SOON:
        headers["Retry-After"] = "1"
    if getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = str(error.auth_header)  # type: ignore[attr-defined]
    if getattr(error, "wait", None):
        headers["Retry-After"] = str(ceil(error.wait))  # type: ignore[attr-defined]
    return headers


def _answer(document: dict[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    return Response(document, status=document["status"], headers=headers, content_type=CONTENT_TYPE)
