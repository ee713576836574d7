"""The admin opens in a browser under the strictest policy."""

import pytest

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("width", [390, 1280])
def test_admin_index_opens_without_complaints(live_server, new_page, sign_in, admin_user, width):
    page = new_page(width=width)
    sign_in(page, admin_user)

    page.goto(f"{live_server.url}/admin/")

    assert page.get_by_role("link", name="Campaigns", exact=True).is_visible()


def test_what_the_policy_forbids_is_noted(live_server, browser_page, page_problems):
    browser_page.goto(f"{live_server.url}/admin/login/")

    browser_page.evaluate("document.body.setAttribute('onclick', 'alert(1)'); document.body.click()")

    assert len(page_problems) == 1
    assert "Content Security Policy" in page_problems[0]
    page_problems.clear()
