"""The README is true: what it shows is run, and the lines that plug the apps in are those that a test plugs in."""

from __future__ import annotations

import pytest

from tests.documents import (
    OURS,
    ROOT,
    expected_prints,
    find_block,
    missing_prints,
    read_page,
    run_pages,
    shell_lines,
)
from tests.glue.test_glue import glue

pytestmark = pytest.mark.once

PAGE = "README.md"

# What is run by tests of its own: the wheel's, the demo's, and this very run.
ELSEWHERE = {'pip install "django-loyalty-referrals[yaml,qr,openapi]"', "make demo", "make test"}

# Where the test of the glue has the lines, and where the README has them.
GLUE = {
    "hostsite/settings.py": "mysite/settings.py",
    "hostsite/urls.py": "mysite/urls.py",
    "store/receivers.py": "shop/receivers.py, with django-allauth",
    "store/views.py": "shop/views.py, in your checkout",
}
# What stands around them in a file of the host's anyway.
AROUND = "from django.urls import include, path"


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return run_pages(tmp_path_factory.mktemp("readme"), [PAGE])


def test_all_snippets_run_in_order(run):
    assert run.returncode == 0, run.stdout + run.stderr


def test_snippets_print_what_their_comments_say(run):
    expected = expected_prints([PAGE])

    assert expected
    assert missing_prints(expected, run.stdout) == []


def test_every_shell_line_is_run_here_or_elsewhere():
    assert {line for line in shell_lines(PAGE) if not line.startswith(OURS)} == ELSEWHERE


def test_the_lines_that_plug_it_in_are_those_of_the_glue_test():
    shown = {
        place: [
            line.strip()
            for line in find_block(PAGE, name).splitlines()[1:]
            if line.strip() and line != AROUND
        ]
        for place, name in GLUE.items()
    }

    assert shown == {place: [line.strip() for line in lines] for place, lines in glue().items()}


def test_it_is_short_and_shows_pictures_that_are_there():
    text = read_page(PAGE)

    assert len(text.splitlines()) < 180
    for name in ("editor", "club"):
        assert f"(docs/images/{name}.png)" in text
        assert (ROOT / "docs" / "images" / f"{name}.png").stat().st_size < 250_000
