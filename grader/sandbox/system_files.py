"""What every sandbox has of the system: programs, libraries, a few settings."""

from __future__ import annotations

FOLDERS = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
"""Read-only; on most systems some of them are links into `/usr`."""
SETTINGS = (
    *("/etc/alternatives", "/etc/fonts", "/etc/ld.so.cache", "/etc/localtime"),
    *("/etc/mime.types", "/etc/pki/tls", "/etc/ssl/certs", "/etc/ssl/openssl.cnf"),
    *("/etc/timezone", "/var/cache/fontconfig"),
)
"""Read-only, where they exist: nothing in them is anybody's secret."""
DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
DEVICE_LINKS = {
    "/dev/fd": "/proc/self/fd",
    "/dev/stdin": "/proc/self/fd/0",
    "/dev/stdout": "/proc/self/fd/1",
    "/dev/stderr": "/proc/self/fd/2",
}


def written(uid: int, gid: int, *, hostname: str, home: str) -> dict[str, str]:
    """Files of /etc that are made up, so that names resolve inside."""
    return {
        "/etc/passwd": f"learner:x:{uid}:{gid}::{home}:/bin/sh\n"
        "nobody:x:65534:65534::/:/bin/false\n",
        "/etc/group": f"learner:x:{gid}:\nnogroup:x:65534:\n",
        "/etc/hosts": f"127.0.0.1 localhost {hostname}\n::1 localhost\n",
        "/etc/resolv.conf": "# no name server: nothing leaves this sandbox\n",
        "/etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
        "/etc/hostname": f"{hostname}\n",
    }
