"""Tables as text: the ways in which programs and people separate, quote, encode and leave out."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from tests.samples.sample import Maker, Needle, Sample

Row = list[str]

_CITIES = ("Aberdeen", "Basel", "Córdoba", "Düsseldorf", "Évora", "Fribourg", "Gdynia", "Hilo")


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a table is written down. `quote`: which cells stand in quotation marks."""

    separator: str = ","
    newline: str = "\n"
    encoding: str = "utf-8"
    quote: str = "needed"
    before: str = ""
    after: str = ""


def orders(count: int, decimal: str = ".", with_header: bool = True) -> list[Row]:
    """Orders of a shop, the same ones for the same count."""
    chance = random.Random(count)
    rows = [["order", "day", "city", "pieces", "amount"]] if with_header else []
    for number in range(count):
        amount = f"{chance.uniform(3, 900):.2f}".replace(".", decimal)
        day = f"2026-{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d}"
        rows.append([f"A{number:05d}", day, chance.choice(_CITIES), str(chance.randint(1, 40)), amount])
    return rows


def written(rows: Sequence[Row], dialect: Dialect) -> bytes:
    def cell(text: str) -> str:
        is_needed = any(mark in text for mark in (dialect.separator, '"', "\n", "\r"))
        if dialect.quote == "none" or (dialect.quote == "needed" and not is_needed):
            return text
        return '"' + text.replace('"', '""') + '"'

    lines = [dialect.separator.join(map(cell, row)) for row in rows]
    text = dialect.before + dialect.newline.join(lines) + dialect.after
    return text.encode(dialect.encoding)


def table(
    suffix: str, dialect: Dialect, count: int = 40, decimal: str = ".", with_header: bool = True
) -> Sample:
    """Orders with one that stands out, three quarters down."""
    rows = orders(count, decimal, with_header)
    place = len(rows) * 3 // 4
    rows[place] = ["X-4471", "2026-11-05", "Nowhere", "7", f"1288{decimal}40"]
    number = place + 1 + dialect.before.count("\n")
    needles = (Needle("X-4471", number=number), Needle(f"1288{decimal}40", number=number))
    return Sample(f"orders.{suffix}", written(rows, dialect), needles)


def special(suffix: str, dialect: Dialect, rows: Sequence[Row], *facts: str) -> Sample:
    return Sample(f"list.{suffix}", written(rows, dialect), tuple(Needle(fact) for fact in facts))


_DIALECTS: dict[str, tuple[Dialect, dict[str, object]]] = {
    "plain": (Dialect(), {}),
    "windows": (Dialect(newline="\r\n", after="\r\n"), {}),
    "with mark": (Dialect(encoding="utf-8-sig", newline="\r\n"), {}),
    "utf-16": (Dialect(encoding="utf-16", newline="\r\n"), {}),
    "cp1252": (Dialect(encoding="cp1252"), {"count": 80}),
    "all quoted": (Dialect(quote="all"), {}),
    "no heading": (Dialect(), {"with_header": False}),
    "title above": (Dialect(before="Orders of the branch\nprinted 2026-11-30\n\n"), {}),
    "total below": (Dialect(after="\n\nTotal,,,1204,\n"), {}),
    "long": (Dialect(), {"count": 20_000}),
    "one row": (Dialect(), {"count": 1}),
    "decimal comma": (Dialect(quote="needed"), {"decimal": ","}),
}

_ROWS: dict[str, tuple[list[Row], tuple[str, ...]]] = {
    "line breaks in cells": (
        [["who", "said"], ["Ida", 'first\nsecond, "third"'], ["Ole", "ends at 6:45"]],
        ("ends at 6:45", "second"),
    ),
    "wide": (
        [[f"field{n}" for n in range(200)], [f"value {n * 7}" for n in range(200)]],
        ("value 1393", "field199"),
    ),
    "ragged": (
        [["a", "b", "c"], ["1"], ["2", "3", "4", "five too many"], [], ["", "", "end of Q3"]],
        ("five too many", "end of Q3"),
    ),
    "empty columns": (
        [["id", "", "", "note"], ["1", "", "", "left 12 mm"], ["2", "", "", ""]],
        ("left 12 mm",),
    ),
    "same headings": ([["day", "value", "value"], ["Mon", "3.5", "kPa 101.9"]], ("kPa 101.9",)),
    "leading zeros": ([["plz", "ort"], ["01067", "Dresden"], ["00501", "Holtsville"]], ("01067", "00501")),
    "formulas": ([["a", "b"], ["5", "=A2*19.35"], ["-2", "+49 30 1234567"]], ("=A2*19.35", "+49 30 1234567")),
    "one column": ([["name"], ["Ngozi"], ["Þórdís Ævarsdóttir"]], ("Þórdís Ævarsdóttir",)),
    "many alphabets": (
        [["city", "code"], ["東京", "TYO-3"], ["Αθήνα", "ATH-8"], ["القاهرة", "CAI-5"]],
        ("東京", "ATH-8", "القاهرة"),
    ),
    "missing values": ([["x", "y"], ["NA", "NULL"], ["n/a", "-"], ["", "0.0471"]], ("0.0471",)),
}


def makers(suffix: str, separator: str) -> dict[str, Maker]:
    base = {
        name: (replace(dialect, separator=separator), more) for name, (dialect, more) in _DIALECTS.items()
    }
    made: dict[str, Maker] = {
        name: partial(table, suffix, dialect, **more)  # type: ignore[arg-type]
        for name, (dialect, more) in base.items()
    }
    plain = Dialect(separator=separator)
    made |= {name: partial(special, suffix, plain, rows, *facts) for name, (rows, facts) in _ROWS.items()}
    return made


def _other(separator: str, **more: object) -> Callable[[], Sample]:
    return partial(table, "csv", Dialect(separator=separator, newline="\r\n"), **more)  # type: ignore[arg-type]


CSV: dict[str, Maker] = {
    **makers("csv", ","),
    "semicolons, decimal comma": _other(";", decimal=","),
    "tabs": _other("\t"),
    "bars": _other("|"),
    "separator named": partial(
        table, "csv", Dialect(separator=";", before="sep=;\r\n", newline="\r\n"), decimal=","
    ),
    "shift-jis": partial(
        special,
        "csv",
        Dialect(encoding="shift_jis", newline="\r\n"),
        [["番号", "氏名", "住所"]]
        + [[str(n), "山田太郎", "東京都千代田区丸の内"] for n in range(30)]
        + [["31", "鈴木花子", "札幌市中央区"]],
        "鈴木花子",
        "札幌市中央区",
    ),
    "koi8-r": partial(
        special,
        "csv",
        Dialect(separator=";", encoding="koi8_r"),
        [["город", "население"]]
        + [["Новосибирск", "1633595"], ["Екатеринбург", "1536183"], ["Казань", "1318604"]] * 9
        + [["Архангельск", "296843"]],
        "Архангельск",
        "296843",
    ),
}
TSV: dict[str, Maker] = makers("tsv", "\t")
