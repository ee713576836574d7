"""Attacks. Each test is named after the threat of PROMISES that it defends against."""
