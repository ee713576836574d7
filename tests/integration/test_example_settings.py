"""The example's database named by a URL."""

import pytest

from example_project.database_url import parse_database_url


def test_postgres_url_gives_every_part_unquoted():
    assert parse_database_url("postgres://shop:p%40ss@db.example:6432/loyalty") == {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "loyalty",
        "USER": "shop",
        "PASSWORD": "p@ss",
        "HOST": "db.example",
        "PORT": "6432",
    }


def test_sqlite_url_waits_for_other_writers():
    entry = parse_database_url("sqlite:////var/lib/shop/demo.sqlite3")

    assert entry["NAME"] == "/var/lib/shop/demo.sqlite3"
    assert entry["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert entry["OPTIONS"]["timeout"] == 20


def test_unknown_scheme_is_refused_by_name():
    with pytest.raises(ValueError, match="got 'mysql'"):
        parse_database_url("mysql://root@localhost/shop")
