"""Sums in everyday English are worked out, and nothing else is taken for one."""

from __future__ import annotations

import json
from datetime import date

import pytest

from vtai.tools import TOOLS
from vtai.tools.sums import answer, worked_out

TODAY = date(2026, 11, 22)

SUMS = [
    ("What is 17.5 % of 2,349?", "17.5 % of 2,349 is 411.075."),
    ("what's 20% of 80", "20 % of 80 is 16."),
    ("How much is 12.5 percent of 1,000,000?", "12.5 % of 1,000,000 is 125,000."),
    ("What is 20% off 80?", "80 less 20 % is 64."),
    ("What percentage of 80 is 20?", "20 is 25 % of 80."),
    ("20 is what percent of 80?", "20 is 25 % of 80."),
    ("17 + 25", "17 + 25 is 42."),
    ("17+25=", "17 + 25 is 42."),
    ("What is 2 + 2 = ?", "2 + 2 is 4."),
    ("2+2?", "2 + 2 is 4."),
    ("Hey, can you tell me what is 6 * 7, please?", "6 * 7 is 42."),
    ("how much is 3 times (4+5)", "3 * (4 + 5) is 27."),
    ("What is 1,234 plus 5,678?", "1,234 + 5,678 is 6,912."),
    ("what is 0.1 + 0.2", "0.1 + 0.2 is 0.3."),
    ("What is 1 / 3?", "1 / 3 is about 0.3333333333."),
    ("calculate 10/4", "10 / 4 is 2.5."),
    ("how much is 100-42", "100 - 42 is 58."),
    ("What is 100 - 42?", "100 - 42 is 58."),
    ("What is 100-4*2?", "100 - 4 * 2 is 92."),
    ("2 + 3 * 4", "2 + 3 * 4 is 14."),
    ("(2 + 3) * 4", "(2 + 3) * 4 is 20."),
    ("what's 2^10", "2 ^ 10 is 1,024."),
    ("2**64", "2 ^ 64 is 18,446,744,073,709,551,616."),
    ("2 to the power of 8", "2 ^ 8 is 256."),
    ("What does 9 times 9 equal?", "9 * 9 is 81."),
    ("What is seven times eight?", "7 * 8 is 56."),
    ("twenty-five minus six", "25 - 6 is 19."),
    ("144 divided by 12", "144 ÷ 12 is 12."),
    ("What is 3.5 x 2?", "3.5 * 2 is 7."),
    ("What is the square root of 144?", "The square root of 144 is 12."),
    ("sqrt 2", "The square root of 2 is about 1.414213562."),
    ("What is 12 squared?", "12 squared is 144."),
    ("3 cubed", "3 cubed is 27."),
    ("What is half of 25?", "Half of 25 is 12.5."),
    ("a third of 99", "A third of 99 is 33."),
    ("twice 21", "Twice 21 is 42."),
    ("What is the sum of 3 and 4?", "3 + 4 is 7."),
    ("the product of 6 and 7", "6 * 7 is 42."),
    ("Add 5 to 7", "5 + 7 is 12."),
    ("subtract 5 from 7", "7 - 5 is 2."),
    ("Please multiply 6 by 7.", "6 * 7 is 42."),
    ("divide 100 by 8", "100 ÷ 8 is 12.5."),
    ("what is -5 + 3", "-5 + 3 is -2."),
    ("1000000 * 3", "1000000 * 3 is 3,000,000."),
]

DAYS = [
    ("How many days until 24 December 2026?", "It is 32 days until Thursday, 24 December 2026."),
    ("how many days until Christmas", "It is 33 days until Friday, 25 December 2026."),
    ("How many days are left until the 24th of December?", "It is 32 days until Thursday, 24 December 2026."),
    ("How many days till May?", "It is 160 days until Saturday, 1 May 2027."),
    ("days until tomorrow", "It is 1 day until Monday, 23 November 2026."),
    ("how many days until 22 November 2026", "That is today, Sunday, 22 November 2026: 0 days."),
    ("How many days until January 1st, 2020?", "Wednesday, 1 January 2020 was 2,517 days ago."),
    ("How many days since 1 Jan 2026?", "It has been 325 days since Thursday, 1 January 2026."),
    ("how many days since Halloween", "It has been 22 days since Saturday, 31 October 2026."),
    (
        "How many days are there between 2026-01-01 and 2026-12-24?",
        "From Thursday, 1 January 2026 to Thursday, 24 December 2026 it is 357 days.",
    ),
    (
        "how many days from 28 February to 1 March 2028",
        "From Monday, 28 February 2028 to Wednesday, 1 March 2028 it is 2 days.",
    ),
    (
        "How many days between today and 24 Dec 2026?",
        "From Sunday, 22 November 2026 to Thursday, 24 December 2026 it is 32 days.",
    ),
    (
        "how many days between 24 December 2026 and 1 January 2026",
        "From Thursday, 24 December 2026 to Thursday, 1 January 2026 it is -357 days.",
    ),
]

NO_SUMS = [
    *("", "?", "Hello there", "what is 5G", "24/7 support?", "24/7", "What is 24/7?", "What is 9/11?"),
    *("50/50", "what is 4/4", "12/24/2026", "what is 12/24/2026", "2026-11-22", "What is 10-4?", "10-4"),
    *("555-1234", "1-800-555-0199", "4-4-2", "1914 - 1918", "What is 1914 - 1918?", "9 - 5", "+49 30 12345"),
    *("4x4", "What is a 4x4?", "what is 4x4", "1920 x 1080", "What is 1920 x 1080?", "3 x 4"),
    *("What is 42?", "42", "one", "-5", "(7)", "1984", "3.14.1", "What is 3.11.2?", "192.168.1.1"),
    *("10.0.0.0/8", "2 + 2 = 5", "Is 2 + 2 = 4?", "5 +", "+ 5", "5 + + ", "2 (3 + 4)", "(2 + 3", "1 000 + 1"),
    *("1.234,56 + 1", "3,5 + 1", "12,34 * 2", "007 + 1", "What is 5 + 5!", "7 % 3", "100 + 10%", "5 percent"),
    *("$5 + $3", "20% of $80", "5 km + 3 km", "C++", "Google+", "18+", "what is 18+", "4K", "1e5 + 3"),
    *("What is one plus 12?", "one on one", "what is a plus", "two by two", "three times a lady", "x + 1"),
    *(
        "What is 2 + 2 in binary?",
        "Why is 2 + 2 4?",
        "Draw 2 + 2",
        "explain 17 + 25",
        "write 3 * 3 in Python",
    ),
    *("average of 3 and 4", "square root of 16 plus 9", "10% of 50 plus 3", "half of 10 plus 2", "10 and 20"),
    *("1 / 0", "9 ^ 9 ^ 9", "2 ^ 4000", "square root of -4", "3 // 2", "Was ist 3 mal 4?", "10:30 - 9:15"),
    *("8 out of 10", "3 in 1", "7 up", "what is 7 eleven", "Catch 22", "Area 51", "the 3 musketeers"),
    *("import os", "__import__('os') + 1", "2 + 2; rm -rf", "{0} + 1", "1 + {result}", "9" * 300 + " + 1"),
    *("how many days until summer", "How many days in 2026?", "how many days until 30 February 2026"),
    *("how many days until 12/24/2026", "how many days until Easter", "how many days between A and B"),
    *("how long until Christmas", "how many weeks until May", "How many days until the launch on 5 May?"),
    *("how many days between 24 December and 3 May", "how many days since tomorrow", "days", "days until"),
    *(
        "how many days between 24 December and 3 May 2026",
        "how many days until 2026",
        "Until 24 December 2026",
    ),
    *(
        "how many working days until Christmas",
        "how many days until 99 May",
        "how many days until 0000-01-01",
    ),
]


@pytest.mark.parametrize(("question", "told"), SUMS + DAYS, ids=[question for question, _ in SUMS + DAYS])
def test_a_sum_is_answered_in_one_sentence(question: str, told: str) -> None:
    assert answer(question, TODAY) == told.replace("*", "\N{MULTIPLICATION SIGN}")


@pytest.mark.parametrize("question", NO_SUMS)
def test_what_may_be_something_else_is_left_to_the_model(question: str) -> None:
    assert answer(question, TODAY) is None


def test_the_tool_is_named_with_arguments_that_it_takes() -> None:
    tools = {tool.spec.name: tool for tool in TOOLS}
    for question, _ in SUMS + DAYS:
        found = worked_out(question, TODAY)
        assert found
        parameters = tools[found.tool].spec.parameters
        assert set(json.loads(found.arguments)) == set(parameters["required"])


def test_a_day_that_comes_every_year_is_the_next_one_or_the_last_one() -> None:
    assert answer("how many days until 21 November", TODAY) == (
        "It is 364 days until Sunday, 21 November 2027."
    )
    assert answer("how many days since 23 November", TODAY) == (
        "It has been 364 days since Sunday, 23 November 2025."
    )
    assert answer("how many days until 29 February", TODAY) is None
