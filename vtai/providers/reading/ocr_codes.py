"""What QR codes and barcodes in a picture say."""

from __future__ import annotations

from typing import Any

_MOST_CODES = 5
_MOST_CHARACTERS = 500
_MOST_ENLARGED_SIDE = 1_300


def codes(pixels: Any) -> list[str]:
    """A fact for each code that could be read, five at most. `pixels` are blue, green, red."""
    import cv2

    found = [("QR code", text) for text in _said(cv2.QRCodeDetectorAruco(), pixels)]
    found += [("barcode", text) for text in _said(cv2.barcode.BarcodeDetector(), pixels)]
    return [f"{what}: {_shown(text)}" for what, text in dict.fromkeys(found)][:_MOST_CODES]


def _said(detector: Any, pixels: Any) -> list[str]:
    """What the codes of one kind say. Which size of a picture a detector likes cannot be told beforehand."""
    import cv2

    for scale in (1.0, 2.0, 0.5):
        if scale > 1 and max(pixels.shape) > _MOST_ENLARGED_SIDE:
            continue
        try:
            how = cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA
            seen = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=how)
            is_found, texts, *_ = detector.detectAndDecodeMulti(seen)
        except (cv2.error, UnicodeDecodeError):  # too small, or a pattern that only looks like a code
            continue
        if is_found and (said := [text for text in texts if text]):
            return said
    return []


def _shown(text: str) -> str:
    """One line of what prints: a code may hold anything."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= _MOST_CHARACTERS else f"{line[:_MOST_CHARACTERS]} ..."
