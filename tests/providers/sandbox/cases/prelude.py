"""What stands before the code of each case: the facts as W, and ways to try something."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

_CODE = '''
import base64 as _base64, ctypes, errno, json as _json, os, platform as _platform, sys, time
W = _json.loads(_base64.b64decode("FACTS"))
print = print
LIBC = ctypes.CDLL(None, use_errno=True)
_ARM = _platform.machine() == "aarch64"

def escaped(*what):
    os.write(1, ("ESCAPED " + " ".join(str(one)[:300] for one in what) + chr(10)).encode("utf-8", "replace"))

def refused(name, why):
    print("refused", name, repr(why)[:120])

def attempt(name, work, *arguments):
    """Doing it is getting out."""
    try:
        got = work(*arguments)
    except BaseException as why:
        refused(name, why)
        return None
    escaped(name, repr(got)[:200])
    return got

def peek(name, work, *arguments):
    """What it gives, or None."""
    try:
        return work(*arguments)
    except Exception as why:
        refused(name, why)
        return None

def has_secret(text):
    """Whether both halves follow one another; nothing here ever joins them."""
    if isinstance(text, str):
        text = text.encode("utf-8", "surrogateescape")
    first, second = (half.encode() for half in W["secret"])
    at = text.find(first)
    while at >= 0:
        if text[at + len(first) : at + len(first) + len(second)] == second:
            return True
        at = text.find(first, at + 1)
    return False

def read_for_secret(name, path, flags=0):
    """Reads a file in a plain way; the secret in it is an escape."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | flags)
        try:
            got = os.read(fd, 1 << 20)
        finally:
            os.close(fd)
    except Exception as why:
        refused(name, why)
        return None
    if has_secret(got):
        escaped(name, "read the secret from", path)
    return got

def others():
    """Processes of the host to be tried. Without walls only the victim is: there it would come true."""
    known = {W["server_pid"]} if W["bare"] else {W["server_pid"], W["parent_pid"], os.getppid(), 1}
    return sorted(known - {0, os.getpid()})

_X86 = dict(
    mount=165, umount2=166, unshare=272, setns=308, pivot_root=155, chroot=161, ptrace=101, kcmp=312,
    process_vm_readv=310, process_vm_writev=311, bpf=321, keyctl=250, add_key=248, request_key=249,
    perf_event_open=298, userfaultfd=323, open_by_handle_at=304, name_to_handle_at=303, init_module=175,
    finit_module=313, delete_module=176, kexec_load=246, personality=135, swapon=167, syslog=103, acct=163,
    quotactl=179, clock_settime=227, sethostname=170, fanotify_init=300, memfd_create=319, shmget=29,
        msgget=68,
    semget=64, mq_open=240, capset=126, clone=56, execveat=322, tgkill=234, tkill=200, rt_sigqueueinfo=129,
    ioprio_set=251, vmsplice=278, tee=276, splice=275, memfd_secret=447, io_setup=206, get_mempolicy=239,
    migrate_pages=256, move_pages=279, mknodat=259, sendto=44, settimeofday=164, ioperm=173, iopl=172,
    modify_ldt=154, fork=57, vfork=58, truncate=76, lookup_dcookie=212, uselib=134,
)
_GENERIC = dict(
    mount=40, umount2=39, unshare=97, setns=268, pivot_root=41, chroot=51, ptrace=117, kcmp=272,
    process_vm_readv=270, process_vm_writev=271, bpf=280, keyctl=219, add_key=217, request_key=218,
    perf_event_open=241, userfaultfd=282, open_by_handle_at=265, name_to_handle_at=264, init_module=105,
    finit_module=273, delete_module=106, kexec_load=104, personality=92, swapon=224, syslog=116, acct=89,
    quotactl=60, clock_settime=112, sethostname=161, fanotify_init=262, memfd_create=279, shmget=194,
    msgget=186, semget=190, mq_open=180, capset=91, clone=220, execveat=281, tgkill=131, tkill=130,
    rt_sigqueueinfo=138, ioprio_set=30, vmsplice=75, tee=77, splice=76, memfd_secret=447, io_setup=0,
    get_mempolicy=236, migrate_pages=238, move_pages=239, mknodat=33, sendto=206, settimeofday=170,
        truncate=45,
    lookup_dcookie=18,
)
NR = dict(
    _GENERIC if _ARM else _X86, io_uring_setup=425, open_tree=428, move_mount=429, fsopen=430, fsmount=432,
    pidfd_open=434, clone3=435, openat2=437, pidfd_getfd=438, process_madvise=440, mount_setattr=442,
    quotactl_fd=443, landlock_create_ruleset=444, pidfd_send_signal=424,
)

def syscall(name, *arguments):
    """The answer of the kernel, or minus the error number."""
    number = NR[name] if isinstance(name, str) else name
    ctypes.set_errno(0)
    fitted = [ctypes.c_long(one) if isinstance(one, int) else one for one in arguments]
    answer = LIBC.syscall(ctypes.c_long(number), *fitted)
    return answer if answer != -1 else -ctypes.get_errno()

def succeeds(name, *arguments):
    """A system call whose success is an escape."""
    if isinstance(name, str) and name not in NR:
        return None
    answer = syscall(name, *arguments)
    if answer >= 0:
        escaped(name, answer)
    else:
        print("refused", name, errno.errorcode.get(-answer, answer))
    return answer
'''


def with_facts(code: str, facts: Mapping[str, Any]) -> str:
    """The code with what stands before it. The facts are packed, so that no path stands in the source."""
    packed = base64.b64encode(json.dumps(dict(facts)).encode()).decode()
    return _CODE.replace("FACTS", packed) + code + "\nprint('DONE')\n"
