"""Half a minute of `make chaos`: few calls, all incidents, the same zeros."""

from __future__ import annotations

from pathlib import Path

from chaos.run import Run, run


def test_no_call_hears_anything_but_what_it_should_and_no_event_is_lost_or_doubled(tmp_path: Path) -> None:
    told: list[str] = []
    outcome = run(Run(seconds=30, calls=24, pace_s=1.6, wanderers=8), tmp_path, told.append)
    verdict = outcome.verdict
    assert (verdict.otherwise, verdict.lost, verdict.doubled, verdict.wrong, outcome.broken) == (0, 0, 0, [], ()), told
    assert verdict.calls >= 24
    assert verdict.without_status == 0
    assert len(verdict.by_release) == 2, "callers met both releases"
    assert any("PostgreSQL is stopped" in line for line in told)
