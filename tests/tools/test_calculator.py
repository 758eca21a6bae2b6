"""Arithmetic is right, bounded, and never runs code."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tools.helpers import result_of
from vtai.core.errors import BadArguments
from vtai.tools.calculator import calculate, evaluate


async def calculated(expression: str) -> str:
    return (await result_of(calculate, {"expression": expression})).text


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("1 + 2 * 3", "7"),
        ("(1 + 2) * 3", "9"),
        ("0.1 + 0.2", "0.3"),
        ("7 / 2", "3.5"),
        ("8 / 2", "4"),
        ("7 // 2", "3"),
        ("-7 % 3", "2"),
        ("2 ** 100", "1267650600228229401496703205376"),
        ("2^10", "1024"),
        ("2 ** -1", "0.5"),
        ("sqrt(2)", "1.4142135623731"),
        ("round(2.567, 1)", "2.6"),
        ("round(2.5)", "2"),
        ("round(1250, -2)", "1200"),
        ("factorial(20)", "2432902008176640000"),
        ("max(1, 2, 3) + abs(-4)", "7"),
        ("sin(pi / 2)", "1"),
        ("log(10 ** 300) / log(10)", "300"),
        ("2349 * 17.5 / 100", "411.075"),
        ("1e300", "1e+300"),
    ],
)
async def test_expressions_are_worked_out(expression: str, value: str) -> None:
    assert (await calculated(expression)).startswith(value)


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        pytest.param("9 ** 9 ** 9", "too large", id="tower"),
        pytest.param("2 ** 10 ** 9", "too large", id="large exponent"),
        pytest.param("factorial(10 ** 6)", "too large", id="large factorial"),
        pytest.param("round(5, -10 ** 12)", "too large", id="rounding to a large place"),
        pytest.param("1e308 * 10", "too large", id="infinite"),
        pytest.param("10 ** 1000 / 3", "too large", id="too large for a fraction"),
        pytest.param("1 / 0", "divides by zero", id="zero"),
        pytest.param("sqrt(-1)", "cannot be worked out", id="root of a negative number"),
        pytest.param("(-8) ** 0.5", "cannot be worked out", id="power that is not real"),
        pytest.param("factorial(-1)", "cannot be worked out", id="negative factorial"),
        pytest.param("factorial(2.5)", "cannot be worked out", id="factorial of a fraction"),
        pytest.param("1 +", "cannot be worked out", id="unfinished"),
        pytest.param("", "cannot be worked out", id="empty"),
        pytest.param("gcd(1.5, 2)", "cannot be worked out", id="wrong kind of number"),
        pytest.param("1" * 1001, "longer than", id="long"),
        pytest.param("-" * 200 + "1", "nested", id="deep"),
        pytest.param("(" * 400 + "1" + ")" * 400, "cannot be worked out", id="deep brackets"),
        pytest.param("__import__('os')", "not arithmetic", id="import"),
        pytest.param("(1).__class__", "not arithmetic", id="attribute"),
        pytest.param("[1 for _ in 'x']", "not arithmetic", id="comprehension"),
        pytest.param("open('x')", "not arithmetic", id="unknown function"),
        pytest.param("x + 1", "not arithmetic", id="unknown name"),
        pytest.param("True + 1", "not arithmetic", id="truth value"),
        pytest.param("'a' * 3", "not arithmetic", id="text"),
        pytest.param("max(*[1])", "not arithmetic", id="star"),
        pytest.param("1 < 2", "not arithmetic", id="comparison"),
    ],
)
async def test_what_is_not_bounded_arithmetic_is_refused(expression: str, reason: str) -> None:
    with pytest.raises(BadArguments, match=reason):
        await calculated(expression)


_EXPRESSIONS = st.recursive(
    st.integers(-(10**6), 10**6).map(lambda number: f"({number})"),
    lambda inner: st.tuples(inner, st.sampled_from(["+", "-", "*", "//", "**", "/"]), inner).map(
        lambda parts: f"({parts[0]}{parts[1]}{parts[2]})"
    ),
    max_leaves=6,
)


@given(_EXPRESSIONS)
def test_any_arithmetic_gives_a_bounded_number_or_a_refusal(expression: str) -> None:
    try:
        value = evaluate(expression)
    except BadArguments:
        return
    assert abs(value) < 2**4_096
