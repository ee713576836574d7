"""A campaign file of a bakery, and what is said of it when it is spoilt."""

from typing import Any

import pytest

from loyalty.exceptions import CampaignFileInvalid
from loyalty.services.campaign_files import import_campaigns

FILE = """\
format: loyalty-campaigns/1
program: bakery
currencies:
- {code: points, name: Crumbs, decimals: 0, hold: P14D, validity: P1Y, clawback: within_balance}
- code: eur
  decimals: 2
campaigns:
- key: five-percent
  name: Пять процентов
  trigger: {kind: loyalty.purchase}
  effective_from: "2020-01-01T00:00:00+02:00"
  conditions:
  - - {kind: loyalty.items, params: {skus: ["007", "1e5", "a,b"]}}
    - {kind: loyalty.hours, negate: true, params: {start_time: "22:00", end_time: "06:00"}}
  - - {kind: loyalty.weekday, params: {days: [sun, sat]}}
  actions:
  - slot: buyer
    kind: loyalty.credit
    recipient: card
    currency: points
    amount: {kind: loyalty.percent, percent: "5.00", of: lines, categories: [bread]}
  limits:
  - {per: campaign, measure: amount, max: 1000, period: month, at_edge: skip}
- key: double
  trigger: {kind: loyalty.purchase}
  phase: multiplier
  priority: 50
  actions:
  - {slot: double, kind: loyalty.multiply, currency: points, params: {factor: "2"}}
"""


def refused(text: str, **options: Any) -> list[tuple[int, str, str]]:
    """Lines, paths and codes of what is wrong with a file."""
    with pytest.raises(CampaignFileInvalid) as error:
        import_campaigns(text=text, **options)
    return [(one["line"], one["path"], one["code"]) for one in error.value.details]
