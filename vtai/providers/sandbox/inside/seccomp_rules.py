"""Which system calls a session may make, as data. Anything that is not named here answers ENOSYS."""

from __future__ import annotations

import errno
from dataclasses import dataclass

ALLOW = "allow"
KILL = "kill"
# What a call answers: allowed, the end of the process, or an error number (0: it pretends to have worked).
Answer = int | str
_WHOLE = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Test:
    """Compares a 32-bit half of an argument, masked, with values. A hit without an answer: the next test."""

    argument: int
    values: tuple[int, ...]
    hit: Answer | None
    miss: Answer
    mask: int = _WHOLE
    upper_half: bool = False


def _only(
    argument: int, *values: int, mask: int = _WHOLE, otherwise: Answer = errno.EPERM
) -> tuple[Test, ...]:
    return (Test(argument, values, ALLOW, otherwise, mask),)


def _not(argument: int, *values: int, mask: int = _WHOLE) -> tuple[Test, ...]:
    return (Test(argument, values, errno.EPERM, ALLOW, mask),)


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


ALLOWED = _names(
    """
    read write readv writev pread64 pwrite64 preadv pwritev preadv2 pwritev2 lseek close close_range
    dup dup2 dup3
    stat fstat lstat newfstatat statx statfs fstatfs access faccessat faccessat2 readlink readlinkat
    getdents getdents64 getcwd chdir fchdir mkdir mkdirat rmdir rename renameat renameat2 unlink unlinkat
    symlink symlinkat ftruncate fallocate fadvise64 fsync fdatasync sync_file_range copy_file_range
    sendfile umask
    poll ppoll select pselect6 epoll_create epoll_create1 epoll_ctl epoll_wait epoll_pwait epoll_pwait2
    eventfd eventfd2 signalfd signalfd4 pipe
    mmap munmap mremap mprotect madvise msync brk membarrier
    futex futex_waitv futex_wake futex_wait futex_requeue set_robust_list set_tid_address rseq sched_yield
    exit exit_group restart_syscall wait4 waitid
    rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending rt_sigsuspend rt_sigtimedwait sigaltstack pause
    nanosleep clock_nanosleep clock_gettime clock_getres gettimeofday time times getitimer setitimer alarm
    timer_create timer_settime timer_gettime timer_getoverrun timer_delete
    timerfd_create timerfd_settime timerfd_gettime
    getpid getppid gettid getpgrp getuid geteuid getgid getegid getresuid getresgid
    getgroups capget
    getrlimit getrusage getcpu getrandom uname sysinfo
    sched_getscheduler sched_getparam sched_get_priority_max sched_get_priority_min sched_rr_get_interval
    recvfrom shutdown getsockname getpeername getsockopt
    """
)

# Programs that insist on these go on; nothing is changed. `sync` would make the whole machine write.
PRETENDED = _names(
    """
    chmod fchmod fchmodat fchmodat2 chown lchown fchown fchownat utime utimes futimesat sync syncfs
    """
)

WITHOUT_ATTRIBUTES = _names(
    """
    setxattr lsetxattr fsetxattr getxattr lgetxattr fgetxattr listxattr llistxattr flistxattr
    removexattr lremovexattr fremovexattr setxattrat getxattrat listxattrat removexattrat
    """
)

# A lock may be taken on a file that is only readable, such as a library that others use too.
WITHOUT_LOCKS = ("flock",)

REFUSED = _names(
    """
    socket bind connect listen accept accept4 sendmsg sendmmsg recvmsg recvmmsg setsockopt
    execve execveat fork vfork ptrace process_vm_readv process_vm_writev process_madvise process_mrelease kcmp
    pidfd_open pidfd_send_signal pidfd_getfd tkill rt_sigqueueinfo rt_tgsigqueueinfo
    unshare setns mount umount2 pivot_root chroot open_tree open_tree_attr move_mount
    fsopen fsconfig fsmount fspick
    mount_setattr swapon swapoff quotactl quotactl_fd statmount listmount
    bpf add_key request_key keyctl perf_event_open io_uring_setup io_uring_enter io_uring_register userfaultfd
    io_setup io_submit io_destroy io_cancel io_getevents io_pgetevents
    memfd_create memfd_secret mknod mknodat truncate name_to_handle_at open_by_handle_at
    fanotify_init fanotify_mark inotify_init inotify_init1 inotify_add_watch inotify_rm_watch
    shmget shmat shmctl shmdt semget semop semctl semtimedop msgget msgsnd msgrcv msgctl
    mq_open mq_unlink mq_timedsend mq_timedreceive mq_notify mq_getsetattr
    init_module finit_module delete_module kexec_load kexec_file_load reboot syslog acct
    splice vmsplice tee mlock mlock2 mlockall munlock munlockall
    setuid setgid setreuid setregid setresuid setresgid setgroups setfsuid setfsgid capset setsid setpgid
    setpriority ioprio_set ioprio_get sched_setscheduler sched_setparam sched_setattr setrlimit
    settimeofday clock_settime adjtimex clock_adjtime sethostname setdomainname vhangup
    personality modify_ldt arch_prctl iopl ioperm lookup_dcookie migrate_pages move_pages mbind set_mempolicy
    landlock_create_ruleset landlock_add_rule landlock_restrict_self seccomp
    """
)

_O_TRUNC, _O_ACCMODE = 0o1000, 0o3
# Emptying a file by opening it for reading: older versions of Landlock let it pass. Access mode 3 asks them
# for no rights at all.
_EMPTYING = (_O_TRUNC | 0, _O_TRUNC | 3)
_O_NONBLOCK, _O_DIRECT, _O_CLOEXEC = 0o4000, 0o40000, 0o2000000
_O_DIRECT_ARM64 = 0o200000
_PIPE_FLAGS = _O_NONBLOCK | _O_DIRECT | _O_DIRECT_ARM64 | _O_CLOEXEC

_CLONE_VM, _CLONE_THREAD = 0x100, 0x10000
# New time, mount, cgroup, UTS, IPC, user, process and network namespaces; a traced child; a descriptor of it.
_CLONE_FOREIGN = 0x80 | 0x20000 | 0x7E000000 | 0x2000 | 0x1000

# TCGETS, TIOCGWINSZ, FIONREAD, FIONBIO, FIONCLEX, FIOCLEX: is it a terminal, how wide, how much waits there,
# do not wait, keep and close at exec.
_REQUESTS = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)

# Duplicates, flags, locks (of files open for writing, or shared ones), size of a pipe. Not: leases, owners,
# signals, notifications, larger pipes.
_FILE_COMMANDS = (0, 1, 2, 3, 4, 5, 6, 7, 36, 37, 38, 1030, 1032)

_PR_SET_NAME, _PR_GET_NAME = 15, 16
_AF_UNIX, _SOCK_STREAM, _SOCK_TYPE_MASK = 1, 1, 0xF


def filtered(pid: int, has_namespaces: bool) -> dict[str, tuple[Test, ...] | Answer]:
    """The calls whose arguments, or the level, decide. `pid` is that of the process as it sees itself."""
    # With namespaces there is nothing else to link to; without, a library could be linked into the workspace.
    hard_links = ALLOW if has_namespaces else errno.EPERM
    return {
        "open": _not(1, *_EMPTYING, mask=_O_TRUNC | _O_ACCMODE),
        "openat": _not(2, *_EMPTYING, mask=_O_TRUNC | _O_ACCMODE),
        "pipe2": _only(1, 0, mask=_WHOLE & ~_PIPE_FLAGS),
        "clone": _only(0, _CLONE_VM | _CLONE_THREAD, mask=_CLONE_VM | _CLONE_THREAD | _CLONE_FOREIGN),
        # The C library takes this for an old kernel and uses `clone`, whose flags can be read here.
        "clone3": errno.ENOSYS,
        "kill": _only(0, pid),
        "tgkill": _only(0, pid),
        "prlimit64": _only(0, 0, pid),
        "sched_setaffinity": _only(0, 0, pid),
        "sched_getaffinity": _only(0, 0, pid),
        "getpgid": _only(0, 0, pid),
        "getsid": _only(0, 0, pid),
        "getpriority": _only(1, 0, pid),
        "ioctl": _only(1, *_REQUESTS, otherwise=errno.ENOTTY),
        "prctl": _only(0, _PR_SET_NAME, _PR_GET_NAME),
        "fcntl": _only(1, *_FILE_COMMANDS),
        # Datagram pairs can be sent on to any address, so only streams.
        "socketpair": (
            Test(0, (_AF_UNIX,), None, errno.EPERM),
            *_only(1, _SOCK_STREAM, mask=_SOCK_TYPE_MASK),
        ),
        # Without an address: then it goes to the other end and nowhere else.
        "sendto": (Test(4, (0,), None, errno.EPERM), Test(4, (0,), ALLOW, errno.EPERM, upper_half=True)),
        # Pretended too, but not without a time: then programs open the file instead, which makes a new one.
        "utimensat": (Test(2, (0,), None, 0), Test(2, (0,), errno.EPERM, 0, upper_half=True)),
        "link": hard_links,
        "linkat": hard_links,
    }
