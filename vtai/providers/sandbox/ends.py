"""How runs end: when code is interrupted and killed, and what is said of it."""

from __future__ import annotations

import signal
from dataclasses import dataclass

from vtai.core.code import CodeError, CodeResult, RunStatus
from vtai.providers.sandbox.calls import RunCall

_LOST = "The interpreter was ended; its variables are gone."
_BY_SIGNAL: dict[int, RunStatus] = {
    signal.SIGSYS: "blocked_syscall",
    signal.SIGXCPU: "timeout",
    # By the kernel, which was out of memory: what we kill has a reason of its own.
    signal.SIGKILL: "memory",
}
_CPU_USED_UP = "This interpreter has used up its time on the processor."


@dataclass(slots=True)
class Clock:
    """When a run is interrupted, and when it is killed. In seconds of the event loop's clock."""

    started: float
    timeout_s: float
    grace_s: float
    is_interrupted: bool = False

    @property
    def next_at(self) -> float:
        """When something is to be done about it."""
        return self.started + self.timeout_s + (self.grace_s if self.is_interrupted else 0.0)


def too_long(most_bytes: int) -> CodeResult:
    """For code that does not fit."""
    message = f"The code is longer than {most_bytes:,} bytes. Put data into a file."
    return CodeResult("error", error=CodeError("ValueError", message), state="kept")


def gone() -> CodeResult:
    """For code that comes after the interpreter has ended."""
    return CodeResult("unavailable", state="reset", notes=("The interpreter is gone.",))


def result(
    call: RunCall,
    clock: Clock,
    reason: RunStatus | None,
    exit_status: int | None,
    *,
    is_alive: bool,
    now: float,
) -> CodeResult:
    """`reason` is why it was killed, where we did; `exit_status` is below zero for a signal."""
    stdout, stderr, cut = call.printed.for_model()
    done = call.done
    notes = [*cut, *call.notes, *(done.notes if done else ())]
    if is_alive and done is not None:
        status: RunStatus = "timeout" if clock.is_interrupted else done.status
    else:
        status = _ended(reason, exit_status, call)
    if status == "timeout":
        notes.append(
            _CPU_USED_UP if not clock.is_interrupted else f"The limit is {clock.timeout_s:g} seconds."
        )
    if not is_alive:
        notes.append(_how(status, exit_status))
    return CodeResult(
        status,
        stdout,
        stderr,
        done.result if done else None,
        done.error if done and status != "timeout" else None,
        duration_ms=1000 * (now - clock.started),
        state="kept" if is_alive else "reset",
        notes=tuple(notes),
    )


def _ended(reason: RunStatus | None, exit_status: int | None, call: RunCall) -> RunStatus:
    """A signal of its own says more than our giving up on it."""
    by_signal = _BY_SIGNAL.get(-exit_status) if exit_status is not None and exit_status < 0 else None
    if reason is None or reason == "crashed":
        if exit_status == -signal.SIGKILL and reason == "crashed":
            return "crashed"
        if by_signal is not None:
            return by_signal
        return call.done.status if call.done and exit_status is None else "crashed"
    return reason


def _how(status: RunStatus, exit_status: int | None) -> str:
    if status != "crashed" or exit_status is None:
        return _LOST
    if exit_status >= 0:
        return f"The code ended its interpreter (exit status {exit_status}); its variables are gone."
    try:
        name = signal.Signals(-exit_status).name
    except ValueError:
        name = str(-exit_status)
    return f"The interpreter was ended by signal {name}; its variables are gone."
