"""Tests of the two apps. `tests/loyalty` also runs where `referrals` is not installed."""
