"""Code for the self-test of a sandbox: attempts that must fail, and work that must not."""

from __future__ import annotations

# `attempt` is what must not succeed. What it gives is shown to nobody but the operator.
FRAME = """
import json, os, sys
PLANTED = json.loads({planted!r})
{attempt}
try:
    came_of_it = attempt()
except BaseException as error:
    print("blocked", type(error).__name__, flush=True)
else:
    print("done", json.dumps(came_of_it), flush=True)
"""
ATTEMPTS = {
    "environment": """
def attempt():
    seen = dict(os.environ)
    for process in ("self", "1", str(os.getppid()), str(PLANTED["pid"])):
        try:
            with open("/proc/" + process + "/environ", "rb") as file:
                pairs = file.read().decode("utf-8", "replace").split(chr(0))
        except OSError:
            continue
        seen.update(pair.partition("=")[::2] for pair in pairs if "=" in pair)
    return sorted(seen)
""",
    "file": """
def attempt():
    with open(PLANTED["file"]) as file:
        return file.read()
""",
    "write": """
def attempt():
    done = []
    for path, mode in ((PLANTED["folder"] + "/new", "x"), (PLANTED["file"], "a")):
        try:
            with open(path, mode) as file:
                file.write("x")
            done.append(path)
        except OSError:
            pass
    if not done:
        raise PermissionError
    return done
""",
    "port": """
def attempt():
    import socket
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as sock:
        sock.settimeout(3)
        sock.connect(("127.0.0.1", PLANTED["port"]))
""",
    "socket": """
def attempt():
    import socket
    makers = (lambda: socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM),
              lambda: socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)[0])
    sent = 0
    for make in makers:
        for name in (PLANTED["socket"], chr(0) + PLANTED["abstract"]):
            try:
                with make() as sock:
                    sock.sendto(b"x", name)
                sent += 1
            except OSError:
                pass
    if not sent:
        raise PermissionError
    return sent
""",
    "fork": """
def attempt():
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    return child
""",
    "exec": """
def attempt():
    os.execve(sys.executable, [sys.executable, "-I", "-S", "-c", "print('done', 1)"], {})
""",
    "unshare": """
def attempt():
    import ctypes
    if ctypes.CDLL(None, use_errno=True).unshare(0x10000000):
        raise OSError(ctypes.get_errno(), "refused")
""",
}
MEMORY = """
held = []
try:
    while len(held) * {piece} < {most}:
        held.append(bytearray(b"x") * {piece})
except MemoryError:
    held.clear()
    print("blocked MemoryError", flush=True)
else:
    print("done", len(held), flush=True)
"""
TIME = """
import time
start = time.monotonic()
while time.monotonic() < start + {seconds}:
    pass
print("done", flush=True)
"""
WORK = "print(sum(number * number for number in range(10)))"
DATA = """
import pandas
from matplotlib import pyplot
frame = pandas.DataFrame({"region": ["north", "south", "north"], "sales": [10.0, 20.0, 30.0]})
means = frame.groupby("region")["sales"].mean()
means.plot.bar()
pyplot.title("Sales")
print(means["north"])
"""
