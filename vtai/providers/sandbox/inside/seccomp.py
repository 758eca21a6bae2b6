"""seccomp: the rules as a program for the kernel's filter machine, and its installation.

The program reads top down: processor, number, then one block for each system call. A block ends in an answer,
so blocks can be read, and moved, alone.
"""

from __future__ import annotations

import ctypes
import errno
import struct
from collections.abc import Iterator

from vtai.providers.sandbox.inside import kernel
from vtai.providers.sandbox.inside import seccomp_rules as rules
from vtai.providers.sandbox.inside.walls import ConfineError

_SET_MODE_FILTER = 1
_LONGEST = 4096

# Instructions: load a 32-bit word of the call's data, mask it, compare, answer.
_LOAD = 0x20
_AND = 0x54
_JUMP_IF_EQUAL = 0x15
_JUMP_IF_ANY_BIT = 0x45
_RETURN = 0x06

_NUMBER, _PROCESSOR, _ARGUMENTS = 0, 4, 16
_AUDIT_ARCH = {"x86_64": 0xC000003E, "arm64": 0xC00000B7}
# Numbers with this bit are a second table of the same processor (x32). No 64-bit call has it.
_X32_BIT = 0x40000000

_RET_ALLOW = 0x7FFF0000
_RET_ERRNO = 0x00050000
_RET_KILL_PROCESS = 0x80000000

Instruction = tuple[int, int, int, int]


def program(machine: str, numbers: dict[str, int], pid: int, has_namespaces: bool) -> list[Instruction]:
    """The filter as (code, jump if true, jump if false, value). Calls unknown to the machine are left out."""
    lines: list[Instruction] = [
        (_LOAD, 0, 0, _PROCESSOR),
        (_JUMP_IF_EQUAL, 1, 0, _AUDIT_ARCH[machine]),
        _answer(rules.KILL),
        (_LOAD, 0, 0, _NUMBER),
        (_JUMP_IF_ANY_BIT, 0, 1, _X32_BIT),
        _answer(rules.KILL),
    ]
    for name, block in _blocks(pid, has_namespaces):
        if name in numbers:
            lines += [(_JUMP_IF_EQUAL, 0, len(block), numbers[name]), *block]
    lines.append(_answer(errno.ENOSYS))
    if len(lines) > _LONGEST:
        raise ConfineError("the list of system calls is longer than the kernel takes")
    return lines


def _blocks(pid: int, has_namespaces: bool) -> Iterator[tuple[str, list[Instruction]]]:
    for name, tests in rules.filtered(pid, has_namespaces).items():
        yield (
            name,
            [line for test in tests for line in _test(test)]
            if isinstance(tests, tuple)
            else [_answer(tests)],
        )
    for names, answer in (
        (rules.ALLOWED, rules.ALLOW),
        (rules.PRETENDED, 0),
        (rules.WITHOUT_ATTRIBUTES, errno.EOPNOTSUPP),
        (rules.WITHOUT_LOCKS, errno.ENOLCK),
        (rules.REFUSED, errno.EPERM),
    ):
        for name in names:
            yield name, [_answer(answer)]


def _test(test: rules.Test) -> Iterator[Instruction]:
    yield _LOAD, 0, 0, _ARGUMENTS + 8 * test.argument + 4 * test.upper_half
    yield _AND, 0, 0, test.mask
    # After the comparisons stand two answers: that of a miss, then that of a hit (or the next test).
    for position, value in enumerate(test.values):
        still_to_compare = len(test.values) - position - 1
        yield _JUMP_IF_EQUAL, still_to_compare + 1, 0, value
    yield _answer(test.miss)
    if test.hit is not None:
        yield _answer(test.hit)


def _answer(answer: rules.Answer) -> Instruction:
    if answer == rules.ALLOW:
        return _RETURN, 0, 0, _RET_ALLOW
    if answer == rules.KILL:
        return _RETURN, 0, 0, _RET_KILL_PROCESS
    return _RETURN, 0, 0, _RET_ERRNO | int(answer)


def install(pid: int, has_namespaces: bool) -> None:
    """Puts the calling thread, and all that it starts, under the filter for good. Needs no_new_privs.

    Raises ConfineError.
    """
    lines = program(kernel.machine(), kernel.numbers(), pid, has_namespaces)
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *line) for line in lines))
    # struct sock_fprog: how many instructions, padding, where they are.
    header = struct.pack("=H6xQ", len(lines), ctypes.addressof(code))
    try:
        kernel.call("seccomp", _SET_MODE_FILTER, 0, ctypes.c_char_p(header))
    except OSError as error:
        raise ConfineError(f"seccomp refuses its filter ({error})") from error
