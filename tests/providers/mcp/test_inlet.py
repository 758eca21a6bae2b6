"""Messages come in at a bearable pace."""

from __future__ import annotations

from vtai.providers.mcp.inlet import Pace


def test_a_burst_passes_at_once_and_more_of_it_waits() -> None:
    now = 0.0
    pace = Pace(burst=3, per_s=2.0, clock=lambda: now)
    assert [pace.delay_s() for _ in range(5)] == [0, 0, 0, 0.5, 1.0]
    now = 10.0
    assert [pace.delay_s() for _ in range(4)] == [0, 0, 0, 0.5]
