"""Programs, not tests: each prints how we fare against hand-written SQL for the same rows, in the same run.

`LOYALTY_TEST_DB=postgres python -m tests.benchmarks.single_and_batch`; see docs/performance.md.
"""
