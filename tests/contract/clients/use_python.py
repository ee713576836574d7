"""A day of Anna's by the client that openapi-python-client made: `use_python.py BASE_URL`, with the client importable."""

import base64
import io
import json
import sys

from loyalty_client import AuthenticatedClient
from loyalty_client.api.me import (
    get_my_home,
    get_my_token,
    get_my_token_svg,
    join_with_code,
    list_my_spends,
    spend_my_points,
)
from loyalty_client.api.till import (
    till_record_purchase,
    till_record_refund,
    till_spend_points,
    till_upload_lines,
)
from loyalty_client.models import (
    CardRef,
    HomeAnswer,
    JoinAnswer,
    JoinBody,
    ProblemAnswer,
    PurchaseBody,
    PurchaseLineBody,
    RecordedAnswer,
    RefundBody,
    SpendAnswer,
    SpendBody,
    SpendPage,
    TillSpendAnswer,
    TillSpendBody,
    TokenAnswer,
)
from loyalty_client.types import File

LINES = [
    {"id": "o-2", "customer": "boris", "total": "10.00", "occurred_at": "2026-01-02T10:00:00Z"},
    {"id": "o-3"},
]


def sign_in(name):
    """A client of somebody whose password is the name."""
    pair = base64.b64encode(f"{name}:{name}".encode()).decode()
    return AuthenticatedClient(
        base_url=sys.argv[1], token=pair, prefix="Basic", raise_on_unexpected_status=True
    )


def told(answer, status, kind):
    """What was answered, which must be of this status and type."""
    assert (answer.status_code, type(answer.parsed)) == (status, kind), (answer.status_code, answer.content)
    return answer.parsed


anna, till, stranger = sign_in("anna"), sign_in("till"), sign_in("stranger")

joined = told(join_with_code.sync_detailed(client=anna, body=JoinBody(code="NOBODYS")), 201, JoinAnswer)
again = told(join_with_code.sync_detailed(client=anna, body=JoinBody()), 200, JoinAnswer)
card = joined.card.id


def token():
    """What Anna shows."""
    return CardRef(token=told(get_my_token.sync_detailed(card, client=anna), 200, TokenAnswer).token)


def home():
    """Her points as the app shows them."""
    return told(get_my_home.sync_detailed(card, client=anna), 200, HomeAnswer)


lines = [PurchaseLineBody(amount="60.00", sku="beans"), PurchaseLineBody(amount="40.00", sku="cup")]
basket = PurchaseBody(total="100.00", external_id="o-1", card=token(), lines=lines)
bought = told(till_record_purchase.sync_detailed(client=till, body=basket), 201, RecordedAnswer)
repeated = told(till_record_purchase.sync_detailed(client=till, body=basket), 200, RecordedAnswer)

four = SpendBody(amount="4")
spent = [
    told(spend_my_points.sync_detailed(card, client=anna, body=four, idempotency_key="k-1"), 201, SpendAnswer)
    for _ in range(2)
]
refused = told(
    spend_my_points.sync_detailed(card, client=anna, body=SpendBody(amount="400"), idempotency_key="k-2"),
    409,
    ProblemAnswer,
)
half = RefundBody(external_id="r-1", amount="50.00")
refund = told(till_record_refund.sync_detailed("o-1", client=till, body=half), 201, RecordedAnswer)
payment = TillSpendBody(external_id="p-1", card=token(), amount="1")
paid = told(
    till_spend_points.sync_detailed(client=till, body=payment, idempotency_key="k-3"), 201, TillSpendAnswer
)
upload = till_upload_lines.sync_detailed(
    client=till, body=File(io.BytesIO("\n".join(json.dumps(line) for line in LINES).encode()))
)
statuses = [json.loads(line)["status"] for line in upload.content.splitlines()]
picture = told(get_my_token_svg.sync_detailed(card, client=anna), 200, File).payload.read()
foreign = told(get_my_home.sync_detailed(card, client=stranger), 404, ProblemAnswer)
spends = told(list_my_spends.sync_detailed(card, client=anna), 200, SpendPage)

print(
    json.dumps(
        {
            "refusal": joined.refusal.code,
            "same card": again.card.id == card,
            "state": bought.state.value,
            "granted": bought.rewards[0].granted,
            "same event": repeated.event == bought.event,
            "one spending": spent[0].id == spent[1].id,
            "refused": [refused.code, refused.status],
            "left of the purchase": refund.purchase.remaining,
            "available": paid.available,
            "uploaded": statuses,
            "picture": picture[:4].decode(),
            "foreign": foreign.code,
            "spends": [spend.spent for spend in spends.results],
            "home": [wallet.available for wallet in home().wallets],
            "rewards": len(home().rewards),
        }
    )
)
