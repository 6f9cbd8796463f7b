"""A program that attacks everything around it, and prints what each attack came to.

It runs inside a sandbox, alone. What it says about itself proves nothing: tests look
at the host's side where there is one.
"""

import ctypes
import errno
import fcntl
import json
import os
import platform
import resource
import socket
import subprocess
import sys
import threading
from pathlib import Path

BAIT = json.loads(sys.argv[1])
TARGET = ("127.0.0.1", BAIT["tcp"])
C = ctypes.CDLL(None, use_errno=True)
COLUMN = {"x86_64": 0, "aarch64": 1}[platform.machine()]
CALLS = {
    "ptrace": (101, 117),
    "mount": (165, 40),
    "umount2": (166, 39),
    "chroot": (161, 51),
    "pivot_root": (155, 41),
    "unshare": (272, 97),
    "setns": (308, 268),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "keyctl": (250, 219),
    "add_key": (248, 217),
    "process_vm_writev": (311, 271),
    "open_by_handle_at": (304, 265),
    "kexec_load": (246, 104),
    "init_module": (175, 105),
    "settimeofday": (164, 170),
    "swapon": (167, 224),
    "reboot": (169, 142),
    "open_tree": (428, 428),
    "fsopen": (430, 430),
    "pidfd_getfd": (438, 438),
    "io_uring_setup": (425, 425),
    "clone3": (435, 435),
    "memfd_create": (319, 279),
    "shmget": (29, 194),
    "semget": (64, 190),
}
NEW_USER = 0x10000000
outcomes = {}


def attempt(name, way):
    """What it came to: an error's name, or what it gave."""
    try:
        outcomes[name] = way()
    except OSError as fault:
        outcomes[name] = errno.errorcode.get(fault.errno, str(fault))
    except ValueError as fault:
        outcomes[name] = str(fault)


def call(number, *arguments):
    """A system call by its number."""
    given = [ctypes.c_long(each) for each in arguments]
    result = C.syscall(ctypes.c_long(number), *given)
    return errno.errorcode[ctypes.get_errno()] if result < 0 else result


def reach(thing, address):
    """Connect and say something."""
    with thing:
        thing.settimeout(2)
        thing.connect(address)
        thing.sendall(b"attack")
    return "reached"


def fill(folder):
    """As much as goes in, in files of 2 MB; the error that ended it."""
    written = 0
    try:
        for number in range(40):
            with open(f"{folder}/{number}", "wb") as file:
                for _ in range(8):
                    written += file.write(b"x" * (256 << 10))
    except OSError as fault:
        return errno.errorcode[fault.errno], written
    finally:
        for path in Path(folder).glob("[0-9]*"):
            path.unlink()
    return "no end", written


def fork():
    """Fork until it fails."""
    reading, writing = os.pipe()
    children = []
    try:
        for _ in range(200):
            child = os.fork()
            if child == 0:
                os.close(writing)
                os.read(reading, 1)
                os._exit(0)
            children.append(child)
    except OSError:
        pass
    os.close(writing)
    for child in children:
        os.waitpid(child, 0)
    return len(children)


def serve():
    """A server in a thread, used from another process."""
    server = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=lambda: server.accept()[0].sendall(b"served")).start()
    ask = "import socket, sys; print(socket.create_connection(('localhost', "
    ask += f"{server.getsockname()[1]})).recv(9).decode())"
    ran = subprocess.run([sys.executable, "-I", "-S", "-c", ask], capture_output=True)
    return ran.stdout.decode().strip() or ran.stderr.decode()


def signal_by_event():
    """Have the kernel signal somebody else when something arrives here."""
    ours, theirs = socket.socketpair()
    fcntl.fcntl(ours, fcntl.F_SETOWN, BAIT["victim"])
    fcntl.fcntl(ours, 10, 9)  # F_SETSIG, SIGKILL
    fcntl.fcntl(ours, fcntl.F_SETFL, os.O_NONBLOCK | os.O_ASYNC)
    theirs.send(b"x")
    return "sent"


def raise_limit(kind):
    resource.setrlimit(kind, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    return "raised"


for name, path in BAIT["secrets"].items():
    attempt(f"read {name}", lambda path=path: len(Path(path).read_bytes()))
    attempt(f"write {name}", lambda path=path: Path(path).write_bytes(b"attacked"))
    attempt(f"chmod {name}", lambda path=path: os.chmod(path, 0o777))
for path in ("/usr/bin", "/etc", "/", sys.prefix, "/dev", "/proc", "/proc/sys/kernel"):
    attempt(f"create in {path}", lambda path=path: Path(path, "made").write_text("x"))
for pid in ("1", str(BAIT["grader"])):
    for file in ("environ", "mem", "root/etc/hostname", "cwd/x"):
        path = f"/proc/{pid}/{file}"
        attempt(
            f"open {'reaper' if pid == '1' else 'grader'} {file}",
            lambda path=path: len(Path(path).read_bytes()),
        )
attempt("kill grader", lambda: os.kill(BAIT["victim"], 15))
attempt("kill grader by event", signal_by_event)
attempt("tcp", lambda: reach(socket.socket(), TARGET))
attempt("mptcp", lambda: reach(socket.socket(proto=262), TARGET))
attempt("fast open", lambda: socket.socket().sendto(b"attack", 0x20000000, TARGET))
attempt(
    "fast open option",
    lambda: socket.socket().setsockopt(socket.IPPROTO_TCP, 30, 1),
)
attempt(
    "udp",
    lambda: socket.socket(type=socket.SOCK_DGRAM).sendto(
        b"attack", ("127.0.0.1", BAIT["udp"])
    ),
)
attempt("unix", lambda: reach(socket.socket(socket.AF_UNIX), BAIT["unix"]))
attempt("abstract", lambda: reach(socket.socket(socket.AF_UNIX), BAIT["abstract"]))
attempt("outside", lambda: reach(socket.socket(), ("192.0.2.1", 80)))
attempt("outside 6", lambda: reach(socket.socket(socket.AF_INET6), ("2001:db8::1", 80)))
attempt("raw", lambda: socket.socket(type=socket.SOCK_RAW, proto=1).close())
attempt("packet", lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW).close())
attempt("vsock", lambda: socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM).close())
for name, numbers in CALLS.items():
    argument = NEW_USER if name == "unshare" else 0
    attempt(name, lambda n=numbers[COLUMN], a=argument: call(n, a, 0, 0, 0, 0))
clone = (56, 220)[COLUMN]
attempt("clone", lambda: call(clone, NEW_USER | 17, 0, 0, 0, 0))
if COLUMN == 0:
    attempt("x32", lambda: call(0x40000000 | 39))
attempt("type into terminal", lambda: fcntl.ioctl(0, 0x5412, b"x"))
attempt("device", lambda: os.mknod("disk", 0o60666, os.makedev(8, 0)))
attempt("move folder", lambda: os.rename(os.getcwd(), "/tmp/moved"))
attempt("nice", lambda: os.nice(-5))
attempt("processes", lambda: raise_limit(resource.RLIMIT_NPROC))
attempt("data", lambda: raise_limit(resource.RLIMIT_DATA))
attempt("become root", lambda: os.setuid(0))
attempt("set-uid", lambda: subprocess.run(["/usr/bin/su", "-c", "id"]).returncode)
attempt("pairs", lambda: [each.close() for each in socket.socketpair()])
attempt(
    "datagram pairs",
    lambda: socket.socketpair(type=socket.SOCK_DGRAM)[0].sendto(b"x", BAIT["datagram"]),
)
attempt("server", serve)
for folder in BAIT["fill"]:
    attempt(f"fill {folder}", lambda folder=folder: fill(folder))
attempt("large file", lambda: Path("large").write_bytes(b"x" * (6 << 20)))
attempt("fork", fork)
print(json.dumps(outcomes))
