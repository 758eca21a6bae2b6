"""What people put on a page of a PDF file beside its text: filled-in form fields and comments."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pypdfium2

_MOST_MARKS = 1_000
_LONGEST_VALUE = 10_000


def fields_and_comments(page: pypdfium2.PdfPage) -> Iterator[str]:
    """A line each: "Form field City: Bath", "Comment: Ask again"."""
    import pypdfium2.raw as raw

    commenting = {
        raw.FPDF_ANNOT_TEXT,
        raw.FPDF_ANNOT_FREETEXT,
        raw.FPDF_ANNOT_HIGHLIGHT,
        raw.FPDF_ANNOT_UNDERLINE,
        raw.FPDF_ANNOT_STRIKEOUT,
    }
    for index in range(min(raw.FPDFPage_GetAnnotCount(page), _MOST_MARKS)):
        mark = raw.FPDFPage_GetAnnot(page, index)
        if not mark:
            continue
        try:
            kind = raw.FPDFAnnot_GetSubtype(mark)
            if kind == raw.FPDF_ANNOT_WIDGET and page.formenv:
                yield from _field(page.formenv, mark)
            elif kind in commenting and (said := _string(raw.FPDFAnnot_GetStringValue, mark, b"Contents")):
                yield f"Comment: {said}"
        finally:
            raw.FPDFPage_CloseAnnot(mark)


def _field(form: Any, mark: Any) -> Iterator[str]:
    import pypdfium2.raw as raw

    name = _string(raw.FPDFAnnot_GetFormFieldAlternateName, form, mark) or _string(
        raw.FPDFAnnot_GetFormFieldName, form, mark
    )
    kind = raw.FPDFAnnot_GetFormFieldType(form, mark)
    if kind in (raw.FPDF_FORMFIELD_CHECKBOX, raw.FPDF_FORMFIELD_RADIOBUTTON):
        if raw.FPDFAnnot_IsChecked(form, mark):
            value = _string(raw.FPDFAnnot_GetFormFieldExportValue, form, mark)
            yield f"Form field {name}: {value or 'yes'} (ticked)"
    elif value := _string(raw.FPDFAnnot_GetFormFieldValue, form, mark):
        yield f"Form field {name}: {value}"


def _string(get: Callable[..., int], *of: Any) -> str:
    """What a function of PDFium says that fills a buffer with UTF-16 and tells how many bytes it needs."""
    import ctypes

    import pypdfium2.raw as raw

    size = min(int(get(*of, None, 0)), _LONGEST_VALUE)
    if size <= 2:  # the end mark alone
        return ""
    buffer = ctypes.create_string_buffer(size)
    get(*of, ctypes.cast(buffer, ctypes.POINTER(raw.FPDF_WCHAR)), size)
    return buffer.raw.decode("utf-16-le", "ignore").partition("\x00")[0].replace("\r", "\n").strip()
