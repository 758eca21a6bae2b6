"""Every attempt to get out of the sandbox, as a value: what runs, what is planted, what may come of it."""

from __future__ import annotations

from tests.providers.sandbox.cases import (
    env,
    fs_devices,
    fs_outputs,
    fs_reading,
    fs_writing,
    net,
    proto,
    proto_frames,
    res_results,
    res_space,
    res_time,
    state,
    sys_calls,
    sys_files,
    sys_processes,
)
from tests.providers.sandbox.cases.case import Case

CASES: tuple[Case, ...] = tuple(
    case
    for family in (
        env,
        fs_reading,
        fs_writing,
        fs_outputs,
        fs_devices,
        net,
        proto_frames,
        proto,
        res_time,
        res_space,
        res_results,
        state,
        sys_calls,
        sys_processes,
        sys_files,
    )
    for case in family.CASES
)
