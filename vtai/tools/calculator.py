"""Arithmetic for the assistant: an expression is parsed and walked, never executed.

Bounded: length of the expression, size of every number on the way, and with them the time. What it does not
know (names, attributes, calls other than those listed) it refuses.
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Annotated

from pydantic import Field

from vtai.core.errors import BadArguments
from vtai.tools.tool import tool

_MAX_LENGTH = 1_000
_MAX_DEPTH = 60
_MAX_BITS = 4_096
_MAX_FACTORIAL = 400
_MAX_DIGITS = 300

_FROM_MATH = "sqrt exp log log10 log2 sin cos tan asin acos atan degrees radians floor ceil trunc gcd hypot"

Number = int | float


@tool
async def calculate(
    expression: Annotated[
        str,
        Field(
            description="Arithmetic such as (3 + 4) * 2 ** 10 / sqrt(2). Operators + - * / // % **, "
            "the usual functions, pi, e. No thousands separators, no units."
        ),
    ],
) -> str:
    """Works out an arithmetic expression. Use it for every calculation, however simple."""
    return _written(evaluate(expression))


def evaluate(expression: str) -> Number:
    """The value. Raises BadArguments saying what cannot be worked out."""
    if len(expression) > _MAX_LENGTH:
        raise _refused(f"The expression is longer than {_MAX_LENGTH} characters")
    try:
        tree = ast.parse(expression.strip().replace("^", "**"), mode="eval")
        return _value(tree.body, 0)
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError) as error:
        raise _refused(f"{expression!r} cannot be worked out ({_first_line(error)})") from error
    except ZeroDivisionError as error:
        raise _refused("The expression divides by zero") from error
    except OverflowError as error:
        raise _refused("A number on the way is too large") from error


def _value(node: ast.expr, depth: int) -> Number:
    if depth > _MAX_DEPTH:
        raise _refused("The expression is nested too deeply")
    match node:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            return _bounded(number)
        case ast.Name(id=name) if name in _CONSTANTS:
            return _CONSTANTS[name]
        case ast.BinOp(left=left, op=op, right=right) if binary := _BINARY.get(type(op)):
            return _bounded(binary(_value(left, depth + 1), _value(right, depth + 1)))
        case ast.UnaryOp(op=op, operand=operand) if unary := _UNARY.get(type(op)):
            return unary(_value(operand, depth + 1))
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if called := _FUNCTIONS.get(name):
            return _bounded(called(*(_value(argument, depth + 1) for argument in args)))
    known = ", ".join([*_FUNCTIONS, *_CONSTANTS])
    raise _refused(f"{ast.unparse(node)[:60]!r} is not arithmetic that is known here; known are {known}")


def _power(base: Number, exponent: Number) -> Number:
    """Bounded before it is worked out: the result alone would come too late."""
    if isinstance(base, int) and isinstance(exponent, int) and exponent > 0:
        if base.bit_length() * exponent > _MAX_BITS:
            raise OverflowError
        return int(base**exponent)
    result = base**exponent
    if isinstance(result, complex):
        raise TypeError("the root of a negative number")
    return float(result)


def _factorial(value: Number) -> int:
    if value > _MAX_FACTORIAL:
        raise OverflowError
    return math.factorial(int(value)) if value == int(value) else math.factorial(value)  # type: ignore[arg-type]


def _rounded(value: Number, digits: Number = 0) -> Number:
    """A whole number is rounded by way of 10 ** -digits, so that is bounded too."""
    if abs(digits) > _MAX_DIGITS:
        raise OverflowError
    return round(value, int(digits)) if digits else round(value)


def _bounded(number: Number) -> Number:
    if isinstance(number, float):
        if not math.isfinite(number):
            raise OverflowError
    elif number.bit_length() > _MAX_BITS:
        raise OverflowError
    return number


def _written(number: Number) -> str:
    """Fifteen digits for fractions, so that 0.1 + 0.2 is 0.3; every digit for whole numbers."""
    if isinstance(number, float):
        return str(int(number)) if number.is_integer() and abs(number) < 1e15 else f"{number:.15g}"
    return str(number)


def _first_line(error: Exception) -> str:
    return str(error.msg if isinstance(error, SyntaxError) else error).partition("\n")[0] or "too deep"


def _refused(message: str) -> BadArguments:
    return BadArguments(f"{message}.", "Write one plain arithmetic expression.")


_BINARY: Mapping[type[ast.operator], Callable[[Number, Number], Number]] = MappingProxyType(
    {
        ast.Add: operator.add,
        ast.Sub: operator.sub,
        ast.Mult: operator.mul,
        ast.Div: operator.truediv,
        ast.FloorDiv: operator.floordiv,
        ast.Mod: operator.mod,
        ast.Pow: _power,
    }
)
_UNARY: Mapping[type[ast.unaryop], Callable[[Number], Number]] = MappingProxyType(
    {ast.UAdd: operator.pos, ast.USub: operator.neg}
)
_FUNCTIONS: Mapping[str, Callable[..., Number]] = MappingProxyType(
    {
        **{name: getattr(math, name) for name in _FROM_MATH.split()},
        "abs": abs,
        "round": _rounded,
        "min": min,
        "max": max,
        "factorial": _factorial,
    }
)
_CONSTANTS: Mapping[str, float] = MappingProxyType({"pi": math.pi, "e": math.e, "tau": math.tau})
