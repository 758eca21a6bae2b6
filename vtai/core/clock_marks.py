"""Times of a recording as people and subtitles write them."""

from __future__ import annotations


def clock(seconds: float) -> str:
    """As "07:05", or "1:07:05" from an hour on."""
    whole = int(max(0.0, seconds))
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes:02}:{rest:02}"


def span(start_s: float, end_s: float) -> str:
    """As "07:05-08:10"."""
    return f"{clock(start_s)}-{clock(end_s)}"


def mark(seconds: float) -> str:
    """As "00:07:05", always with hours."""
    whole = int(max(0.0, seconds))
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}"


def subtitle(seconds: float) -> str:
    """As "00:07:05,250", which SubRip files take."""
    thousandths = round(max(0.0, seconds) * 1_000)
    return f"{mark(thousandths / 1_000)},{thousandths % 1_000:03}"
