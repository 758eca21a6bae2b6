"""Text, tables in text form, web pages: their encodings and their places."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.providers.reading.making import read, said

_JAPANESE = "契約の支払条件は三十日以内です。\n東京都の天気は晴れです。"
_CHINESE = "付款条件为三十天内。\n北京的天气很好, 我们去公园 30 次。"
_RUSSIAN = "Условия оплаты: тридцать дней.\nПисьмо уже пришло."  # noqa: RUF001 it is Russian
_FRENCH = "Le contrat prévoit que les paiements sont dus à trente jours. Où êtes-vous allé cet été ?"


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        pytest.param("utf-8", _JAPANESE, id="utf-8"),
        pytest.param("utf-8-sig", _FRENCH, id="utf-8 with a mark"),
        pytest.param("utf-16", _RUSSIAN, id="utf-16 with a mark"),
        pytest.param("utf-16-le", "Plain English text.\nSecond line.", id="utf-16 without a mark"),
        pytest.param("utf-16-be", _CHINESE, id="Chinese utf-16 without a mark"),
        pytest.param("utf-32", _RUSSIAN, id="utf-32 with a mark"),
        pytest.param("cp1252", _FRENCH, id="French cp1252"),
        pytest.param("cp1252", "Vi åker till Göteborg på måndag.", id="Swedish cp1252"),
        pytest.param("cp1252", "It\u2019s 25 € \u2013 \u201cnet\u201d.", id="typographic cp1252"),
        pytest.param("latin-1", "naïve café", id="two accents"),
        pytest.param("cp1250", "Příliš žluťoučký kůň úpěl ďábelské ódy.", id="Czech cp1250"),
        pytest.param("cp1250", "Zażółć gęślą jaźń. Płatność w ciągu dni.", id="Polish cp1250"),
        pytest.param(
            "cp1254",
            "Ödeme süresi otuz gündür, değil mi? Şişli ve Beşiktaş çok güzel şehirlerdir, eğer öyleyse.",
            id="Turkish cp1254",
        ),
        pytest.param("cp1251", _RUSSIAN, id="cp1251"),
        pytest.param("koi8-r", _RUSSIAN, id="koi8-r"),
        pytest.param("shift_jis", _JAPANESE, id="shift-jis"),
        pytest.param("euc-jp", _JAPANESE, id="euc-jp"),
        pytest.param("iso2022_jp", _JAPANESE, id="iso-2022-jp"),
        pytest.param("gb18030", _CHINESE, id="gb18030"),
        pytest.param("big5", "付款條件為三十天內。這是一個中文檔案。", id="big5"),
        pytest.param("euc-kr", "지불 조건은 삼십일 이내입니다.", id="euc-kr"),
    ],
)
async def test_text_is_read_in_the_encoding_it_is_in(tmp_path: Path, encoding: str, text: str) -> None:
    document = await read(tmp_path, "a.txt", text.encode(encoding))

    assert "\n".join(passage.text for passage in document.passages) == text


async def test_a_page_is_read_in_the_encoding_it_declares(tmp_path: Path) -> None:
    page = '<html><meta charset="iso-8859-7"><p>\u0391\u03b2</p></html>'.encode("iso-8859-7")

    assert said(await read(tmp_path, "a.html", page)) == {"paragraph 1": "\u0391\u03b2"}


async def test_places_of_text_are_the_lines_of_the_file(tmp_path: Path) -> None:
    lines = [f"line number {number}" for number in range(1, 501)]

    document = await read(tmp_path, "app.log", "\r\n".join(lines))

    for passage in document.passages:
        first, last = map(int, passage.place.removeprefix("lines ").split("-"))
        assert passage.text.split("\n") == lines[first - 1 : last]
        assert len(passage.text) <= 2_000
    assert document.passages[-1].place.endswith("-500")


async def test_a_line_of_any_length_is_cut_and_nothing_is_lost(tmp_path: Path) -> None:
    words = " ".join(f"w{number}" for number in range(5_000))

    document = await read(tmp_path, "a.txt", words)

    assert {passage.place for passage in document.passages} == {"line 1"}
    assert " ".join(" ".join(passage.text for passage in document.passages).split()) == words


async def test_json_on_one_line_is_laid_out_anew(tmp_path: Path) -> None:
    document = await read(tmp_path, "a.json", json.dumps([{"id": number} for number in range(500)]))

    assert document.passages[0].place.startswith("lines 1-")
    assert "laid out anew" in document.notes[0]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        pytest.param("a.csv", "name,city\nAda,Bath\nBob,Ely\n", id="comma"),
        pytest.param("a.csv", "name;city\nAda;Bath\nBob;Ely\n", id="semicolon"),
        pytest.param("a.tsv", "name\tcity\nAda\tBath\nBob\tEly\n", id="tab"),
        pytest.param("a.csv", 'name,city\n"Ada",Bath\n"Bob","El\ny"\n'.replace("El\ny", "Ely"), id="quoted"),
        pytest.param("a.xls", "name\tcity\nAda\tBath\nBob\tEly\n", id="text called a workbook"),
    ],
)
async def test_rows_of_a_table_carry_the_header(tmp_path: Path, name: str, content: str) -> None:
    assert said(await read(tmp_path, name, content)) == {"rows 2-3": "name | city\nAda | Bath\nBob | Ely"}


async def test_each_passage_of_a_long_table_repeats_the_header(tmp_path: Path) -> None:
    rows = "".join(f"name {number},{number}\n" for number in range(1_000))

    document = await read(tmp_path, "a.csv", "name,count\n" + rows)

    assert len(document.passages) > 5
    for passage in document.passages:
        header, first, *_ = passage.text.split("\n")
        assert header == "name | count"
        # Row 2 is the first after the header, and holds number 0.
        assert first.endswith(f"| {int(passage.place.removeprefix('rows ').split('-')[0]) - 2}")


async def test_a_table_too_wide_for_a_header_says_the_column_with_each_value(tmp_path: Path) -> None:
    header = ",".join(f"column_{number}" for number in range(200))
    row = ",".join(str(number) for number in range(200))

    document = await read(tmp_path, "a.csv", f"{header}\n{row}\n")

    assert document.passages[0].place == "row 2"
    assert document.passages[0].text.startswith("column_0: 0; column_1: 1; ")
    assert document.passages[-1].text.endswith("column_199: 199")


async def test_a_quotation_mark_that_nothing_closes_costs_no_rows(tmp_path: Path) -> None:
    rows = "".join(f"{number},x\n" for number in range(30_000))

    document = await read(tmp_path, "a.csv", f'id,name\n1,"open\n{rows}')

    assert document.passages[-1].text.endswith("29999 | x")
    assert "quotation marks" in document.notes[0]


async def test_a_web_page_becomes_readable_text(tmp_path: Path) -> None:
    page = (
        "<!doctype html><title>Shop</title><script>track()</script><h1>Offers</h1><p>New <b>today</b>:"
        "<ul><li>tea<li><p>milk</p></ul><ol><li>pay</ol>"
        "<table><tr><th>A<th>B<tr><td>1<td>2</table>"
        "<pre>x\n  y</pre><p hidden>not shown</p><img alt='a cat'>"
    )

    assert said(await read(tmp_path, "saved.txt", page)) == {
        "paragraph 1": "Title: Shop",
        "section Offers": "# Offers\nNew today:\n- tea\n- milk\n1. pay\nA | B\n1 | 2\nx\n  y\n"
        "[picture: a cat]",
    }
