"""Who may go on: rules against counters. What a turn will use is reserved before, and put right after."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Collection, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from vtai.core.errors import LimitReached, VTError
from vtai.limiting.rules import Rule
from vtai.limiting.windows import Window, window

if TYPE_CHECKING:
    from vtai.core.ports import Model
    from vtai.core.ports.counting import Counters
    from vtai.core.turn import Asker

# An answer is estimated by them where nobody told its tokens, and before it is there.
CHARACTERS_A_TOKEN: Final = 4
TOKENS_OF_AN_ANSWER: Final = 600
_MICRO: Final = 1_000_000
_MOST_WARNED: Final = 10_000
_WORDS: Final = {"requests": "messages", "tokens": "tokens", "usd": "US dollars"}


@dataclass(frozen=True, slots=True)
class Use:
    """What something uses: requests, tokens, micro-dollars."""

    requests: int = 0
    tokens: int = 0
    micro_usd: int = 0

    @classmethod
    def of(cls, tokens: int, usd: float | None) -> Use:
        return cls(0, tokens, round((usd or 0.0) * _MICRO))

    @classmethod
    def estimated(cls, question: int, answer: int, model: Model | None) -> Use:
        """From numbers of tokens, at the model's prices where they are known."""
        if model is None:
            return cls.of(question + answer, None)
        usd = question * (model.input_price or 0.0) + answer * (model.output_price or 0.0)
        return cls.of(question + answer, usd / _MICRO)

    def __add__(self, other: Use) -> Use:
        return Use(
            self.requests + other.requests,
            self.tokens + other.tokens,
            self.micro_usd + other.micro_usd,
        )

    def counted(self, rule: Rule) -> int:
        return {"requests": self.requests, "tokens": self.tokens, "usd": self.micro_usd}[rule.what]


@dataclass(slots=True)
class Admission:
    """What was reserved, by counter. `downgrade_to` is who is to answer; `notices` are warnings."""

    reserved: dict[str, tuple[Rule, int, float]] = field(default_factory=dict)
    downgrade_to: str | None = None
    notices: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Counted:
    """One rule for one asker: its counter now and the one before."""

    rule: Rule
    window: Window
    key: str
    amount: int

    @property
    def before(self) -> str | None:
        return f"{self.key.rpartition('|')[0]}|{self.window.before}" if self.window.before else None

    @property
    def most(self) -> float:
        return self.rule.most * (_MICRO if self.rule.what == "usd" else 1)


class Limiter:
    """The rules of one server over counters that processes may share."""

    def __init__(
        self, rules: Sequence[Rule], counters: Counters, clock: Callable[[], float] = time.time
    ) -> None:
        self._rules = tuple(rules)
        self._counters = counters
        self._clock = clock
        # Whoever was warned in a window is not warned again; the oldest are forgotten first.
        self._warned: dict[str, None] = {}
        self._tasks: set[asyncio.Task[Any]] = set()

    @property
    def rules(self) -> tuple[Rule, ...]:
        return self._rules

    def applies(
        self, asker: Asker, route: str | None = None, models: Collection[str] = ()
    ) -> tuple[Rule, ...]:
        """The rules for this asker that look at just this: nothing special, that route, or a model."""
        return tuple(
            rule
            for rule in self._rules
            if rule.route == route
            and (rule.model in models if models else rule.model is None)
            and _is_for(rule, asker)
        )

    async def admit(self, rules: Sequence[Rule], asker: Asker, use: Use) -> Admission:
        """Reserves what will be used. Raises LimitReached where a rule stops it; then nothing is reserved.

        Whoever is cancelled while they wait for it gets nothing reserved either.
        """
        if not rules:
            return Admission()
        reserving = self.begun(self._reserve(rules, asker, use))
        try:
            return await asyncio.shield(reserving)
        except asyncio.CancelledError:
            reserving.add_done_callback(self._undo)
            raise

    async def settle(self, admission: Admission, use: Use) -> None:
        """Puts right what was reserved, once it is known what was used."""
        amounts = {
            key: use.counted(rule) - amount
            for key, (rule, amount, _) in admission.reserved.items()
            if rule.what != "requests"
        }
        await self._add({key: amount for key, amount in amounts.items() if amount}, admission)

    async def release(self, admission: Admission) -> None:
        """Gives back all that was reserved: nothing came of it."""
        await self._add({key: -amount for key, (_, amount, _) in admission.reserved.items()}, admission)

    async def _reserve(self, rules: Sequence[Rule], asker: Asker, use: Use) -> Admission:
        admission = Admission()
        now = self._clock()
        counted = [_counted(rule, asker, use, now) for rule in rules]
        before = await self._counters.get([each.before for each in counted if each.before])
        amounts = {
            key: min(each.amount for each in counted if each.key == key)
            for key in {each.key for each in counted}
        }
        totals = await self._counters.add(amounts, {each.key: each.window.keep_s for each in counted})
        full: list[_Counted] = []
        for each in counted:
            amount = amounts[each.key]
            used = totals[each.key] + each.window.weight * before.get(each.before or "", 0)
            if used > each.most or (amount == 0 and used >= each.most):
                full.append(each)
            else:
                admission.reserved[each.key] = (each.rule, amount, each.window.keep_s)
                self._warn(admission, each, used)
        await self._turn_away(admission, full, amounts)
        return admission

    def begun(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Begins something that goes on when whoever waits for it leaves."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _undo(self, reserving: asyncio.Task[Admission]) -> None:
        if not reserving.cancelled() and reserving.exception() is None:
            self.begun(self._released(reserving.result()))

    async def _released(self, admission: Admission) -> None:
        with contextlib.suppress(VTError):
            await self.release(admission)

    def _warn(self, admission: Admission, each: _Counted, used: float) -> None:
        if used < each.rule.warn_at * each.most or each.key in self._warned:
            return
        self._warned[each.key] = None
        if len(self._warned) > _MOST_WARNED:
            del self._warned[next(iter(self._warned))]
        left = max(0.0, each.most - used) / (_MICRO if each.rule.what == "usd" else 1)
        shown = f"{left:.2f}" if each.rule.what == "usd" else f"{int(left):,}"
        admission.notices.append(f"Of the limit of {_limit(each.rule)}, {shown} are left.")

    async def _turn_away(
        self, admission: Admission, full: Sequence[_Counted], amounts: Mapping[str, int]
    ) -> None:
        """What is full gets its reservation back; a stop gives back all."""
        if not full:
            return
        # A softer and a harder limit of one kind share a counter: what one reserves there stays.
        back = {each.key: -amounts[each.key] for each in full if each.key not in admission.reserved}
        stop = next((each for each in full if each.rule.then == "stop"), None)
        if stop is not None:
            back = {key: -amount for key, amount in amounts.items()}
        keep = {each.key: each.window.keep_s for each in full}
        if back:
            await self._counters.add(
                back, keep | {key: kept for key, (_, _, kept) in admission.reserved.items()}
            )
        if stop is not None:
            raise LimitReached(
                f"The limit of {_limit(stop.rule)} is reached.",
                f"There is room again in {_span(stop.window.ends_s)}.",
                stop.window.ends_s,
            )
        admission.downgrade_to = full[0].rule.to
        admission.notices.append(
            f"The limit of {_limit(full[0].rule)} is reached; {full[0].rule.to} answers for "
            f"{_span(full[0].window.ends_s)}."
        )

    async def _add(self, amounts: Mapping[str, int], admission: Admission) -> None:
        if amounts:
            ttl_s = {key: admission.reserved[key][2] for key in amounts}
            await self._counters.add(amounts, ttl_s)


def _is_for(rule: Rule, asker: Asker) -> bool:
    match rule.kind:
        case "each" | "together":
            return True
        case "guests":
            return asker.is_guest
        case "person":
            return rule.name in {asker.person, asker.name}
        case "group":
            return rule.name == asker.group
        case "key":
            return rule.name == asker.key


def _counted(rule: Rule, asker: Asker, use: Use, now: float) -> _Counted:
    is_one = rule.shared or rule.kind in {"together", "key"}
    now_window = window(rule.per, now)
    key = "|".join((rule.id, "" if is_one else asker.person, now_window.name))
    most = int(rule.most * (_MICRO if rule.what == "usd" else 1))
    # More than all is never reserved: where nobody used anything yet, even the longest answer may begin.
    return _Counted(rule, now_window, key, min(use.counted(rule), max(1, most)))


def _limit(rule: Rule) -> str:
    most = f"{rule.most:,.2f}" if rule.what == "usd" else f"{rule.most:,.0f}"
    where = f" for {rule.route or rule.model}" if rule.route or rule.model else ""
    return f"{most} {_WORDS[rule.what]} a {rule.per}{where}"


def _span(seconds: float) -> str:
    minutes = seconds / 60
    if minutes < 1:
        return f"{max(1, round(seconds))} seconds"
    if minutes < 90:
        return f"{round(minutes)} minutes"
    return f"{round(minutes / 60)} hours" if minutes < 48 * 60 else f"{round(minutes / 1_440)} days"
