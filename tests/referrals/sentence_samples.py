"""Settings to tell each rule of `referrals` with: the first of a kind is its example in the reference."""

from __future__ import annotations

from typing import Any

Params = dict[str, Any]

CONDITIONS: dict[str, list[Params]] = {
    "referrals.registered_via_link": [{}, {"methods": ["code", "staff"]}],
    "referrals.referred_clients": [
        {"match": "every", "count": 3},
        {"match": "every", "count": 1},
        {"match": "at", "count": 10, "stage": "registered"},
        {"match": "at", "count": 1},
        {"match": "at_least", "count": 5},
        {"match": "at_least", "count": 5, "stage": "registered"},
        {"match": "every", "count": 2, "stage": "registered"},
        {"match": "every", "count": 1, "stage": "registered"},
    ],
}

TRIGGERS: dict[str, list[Params]] = {
    "referrals.referral_registered": [{}],
    "referrals.referral_qualified": [{}],
}
