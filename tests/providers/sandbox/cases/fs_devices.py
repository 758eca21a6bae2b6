"""Devices and the kernel's own switches."""

from __future__ import annotations

from tests.providers.sandbox.cases.case import case

_DEVICES = """
known = {"null", "zero", "full", "random", "urandom", "shm", "fd", "stdin", "stdout", "stderr", "core"}
names = {"mem", "kmem", "port", "kmsg", "kvm", "fuse", "loop0", "loop-control", "sda", "vda", "vda1",
    "nvme0n1",
         "xvda", "tty", "tty0", "tty1", "ttyS0", "console", "ptmx", "pts/0", "pts/ptmx", "input/event0",
         "net/tun",
         "vhost-net", "vhost-vsock", "vsock", "hpet", "cpu/0/msr", "dri/card0", "mapper/control", "rtc0",
         "rtc",
         "userfaultfd", "nvram", "snapshot", "uinput", "uhid", "btrfs-control", "bsg", "autofs", "cuse",
         "fb0",
         "hwrng", "watchdog", "vcs", "vcsa", "mqueue", "hugepages", "dma_heap/system", "udmabuf", "sg0"}
names |= set(peek("list", os.listdir, "/dev") or ()) - known
for name in sorted(names):
    for how in (os.O_RDONLY, os.O_RDWR):
        got = peek(name, os.open, "/dev/" + name, how | os.O_NONBLOCK | os.O_NOCTTY)
        if got is not None:
            import stat
            kind = stat.S_IFMT(os.fstat(got).st_mode)
            if kind in (stat.S_IFCHR, stat.S_IFBLK):
                escaped("device", name)
            os.close(got)
for kind, number in (("kmsg", os.makedev(1, 11)), ("mem", os.makedev(1, 1)), ("disk", os.makedev(254, 0))):
    import stat
    if not W["bare"]:
        attempt("node " + kind, os.mknod, "own-" + kind, stat.S_IFCHR | 0o600, number)
print("open of null:", bool(peek("null", os.open, "/dev/null", os.O_RDWR)))
peek("random", lambda: len(open("/dev/urandom", "rb").read(8)))
"""

# Opened for writing, never written: opening is bad enough.
_SWITCHES = """
paths = [
    "/proc/sys/kernel/hostname", "/proc/sys/kernel/core_pattern", "/proc/sys/kernel/modprobe",
    "/proc/sysrq-trigger",
    "/proc/sys/vm/drop_caches", "/proc/sys/net/ipv4/ip_forward", "/proc/sys/fs/binfmt_misc/register",
    "/proc/sys/kernel/unprivileged_userns_clone", "/sys/kernel/mm/transparent_hugepage/enabled",
    "/sys/power/state", "/sys/module/kernel/parameters/panic", "/sys/kernel/uevent_helper",
    "/proc/irq/default_smp_affinity", "/proc/mtrr", "/proc/acpi/wakeup", "/proc/scsi/scsi", "/proc/kcore",
    "/dev/kmsg",
    "/sys/fs/cgroup/cgroup.procs", "/sys/fs/cgroup/memory/cgroup.procs",
    "/sys/fs/cgroup/memory/release_agent",
    "/sys/fs/cgroup/unified/cgroup.procs", "/proc/1/oom_score_adj", "/proc/self/uid_map",
    "/proc/self/gid_map",
    "/proc/self/setgroups", "/proc/self/oom_score_adj", "/proc/self/attr/current", "/proc/self/timerslack_ns",
]
for path in paths:
    got = peek(path, os.open, path, os.O_WRONLY | os.O_NONBLOCK)
    if got is not None:
        escaped("open for writing", path)
        os.close(got)
if not W["bare"]:
    for folder in ("/sys/fs/cgroup", "/sys/fs/cgroup/memory", "/sys/fs/cgroup/unified",
        "/sys/kernel/config", "/sys"):
        attempt("group in " + folder, os.mkdir, folder + "/" + W["nonce"])
"""

CASES = (
    case("fs_12_devices", _DEVICES, control="device"),
    case("fs_13_sysctl_cgroup_write", _SWITCHES, control="open for writing"),
)
