"""Reads and writes of what isn't theirs: files, processes, environment, network.

What they find they print: the baits' secrets must be in no output. Some go on to
answer with it.
"""

from __future__ import annotations

from tests.grading.hostile.cases import GREETING, Case

LOOK = """
import os

def look(*paths):
    for path in paths:
        try:
            with open(path, "rb") as file:
                print(path, file.read(5000))
        except OSError as fault:
            print(fault)
        try:
            print(os.listdir(path))
        except OSError:
            pass
"""
CASES = (
    Case(
        "reads-the-baits",
        LOOK
        + 'look("@gradebook@", "@journal@", "@bundle@", "@another@", "@credentials@",'
        ' "@folder@", "@home@", os.path.expanduser("~/.aws/credentials"))',
    ),
    Case(
        "reads-the-solutions",
        LOOK
        + """
import glob, json

for path in [*glob.glob("@course@/solutions/*/*.ipynb"),
             *glob.glob("../../../solutions/*/*.ipynb"),
             *glob.glob("/**/solutions/phase*/*.ipynb")]:
    for cell in json.load(open(path))["cells"]:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), globals())
            kept = square, mean
look("@course@", "@course@/solutions", "@course@/solutions/phase1/sums.ipynb")
if "kept" in globals():
    get_ipython().events.register(
        "pre_run_cell",
        lambda info: get_ipython().user_ns.update(square=kept[0], mean=kept[1]))
""",
    ),
    Case(
        "reads-the-checks",
        LOOK
        + 'look("@package@/checks/phase2_greetings.py", "@package@/checks/phase2.py",'
        ' "@package@/grading/bundle.py")\n'
        "import glob\nprint(glob.glob('@package@/checks/*.py'))\n"
        "import grader.checks.phase2_greetings, inspect\n"
        "print(inspect.getsource(grader.checks.phase2_greetings))",
    ),
    Case(
        "writes-over-the-baits",
        """
        import os, shutil, sqlite3

        for path in ("@gradebook@", "@journal@", "@another@", "@bundle@"):
            for act in (lambda: open(path, "w").write("mine"),
                        lambda: os.chmod(path, 0),
                        lambda: os.utime(path, (0, 0)),
                        lambda: os.truncate(path, 0),
                        lambda: os.setxattr(path, "user.mine", b"1"),
                        lambda: os.rename(path, path + "~"),
                        lambda: os.unlink(path)):
                try:
                    act()
                except OSError:
                    pass
        shutil.rmtree("@folder@", ignore_errors=True)
        try:
            sqlite3.connect("@gradebook@").execute("update grade set auto_score = 9")
        except sqlite3.Error:
            pass
        """,
    ),
    Case(
        "writes-into-the-libraries",
        """
        import os

        MINE = "import os\\nprint('mine')\\n"
        for place in ("@package@", "@site@", "@course@", "@home@", "/", "/usr/bin",
                      "/dev", "/proc", "/sys", "/var/tmp", "/usr/lib/python3", "/etc"):
            for name in ("hostile_trace.py", "hostile_trace.pth"):
                try:
                    with open(os.path.join(place, name), "w") as file:
                        file.write(MINE)
                    print("wrote", place)
                except OSError:
                    pass
        """,
    ),
    Case(
        "reads-the-environment",
        LOOK
        + """
import glob
print(dict(os.environ))
look("/proc/self/environ", "/proc/1/environ", "/proc/@grader@/environ",
     "/proc/@bystander@/environ", *glob.glob("/proc/*/environ"))
os.system("env; cat /proc/*/environ | tr '\\\\0' '\\\\n'")
""",
    ),
    Case(
        "reads-memory-of-the-host",
        LOOK
        + """
import ctypes, glob
for path in [*glob.glob("/proc/*/maps")[:50], "/proc/@grader@/maps"]:
    try:
        with open(path) as maps, open(path.replace("maps", "mem"), "rb") as memory:
            if f"/{os.getpid()}/" in path or "/self/" in path:
                continue
            for line in maps:
                low, high = (int(x, 16) for x in line.split()[0].split("-"))
                if "[heap]" in line or "[stack]" in line:
                    memory.seek(low)
                    print("read", path, len(memory.read(high - low)))
    except OSError:
        pass
libc = ctypes.CDLL(None, use_errno=True)
for pid in (os.getppid(), @grader@, @bystander@):
    print(libc.ptrace(16, pid, 0, 0), ctypes.get_errno())
    try:
        print(os.pidfd_open(pid))
    except OSError:
        pass
""",
    ),
    Case(
        "ends-processes-of-the-host",
        """
        import os, signal

        for pid in (@bystander@, @grader@, os.getppid(), 1, -1, 0):
            if pid in (0, -1):
                signal.signal(signal.SIGTERM, signal.SIG_IGN)
            for number in (signal.SIGSTOP, signal.SIGTERM):
                if pid in (0, -1, os.getpid()) and number == signal.SIGSTOP:
                    continue
                try:
                    os.kill(pid, number)
                except OSError:
                    pass
        """,
    ),
    Case(
        "kills-all-that-it-may",
        "import os\nos.kill(-1, 9)",
        honest=True,
        own_loss=True,
    ),
    Case(
        "reaches-the-hosts-network",
        """
        import os, socket

        def attempt(*kind, to, flags=0):
            try:
                with socket.socket(*kind) as line:
                    line.settimeout(1)
                    if flags:
                        line.sendto(b"hello", flags, to)
                    elif kind[1] == socket.SOCK_DGRAM:
                        line.sendto(b"hello", to)
                    else:
                        line.connect(to)
                        line.sendall(b"hello")
                    print("sent", kind, to)
            except (OSError, OverflowError) as fault:
                print(fault)

        inet, stream = socket.AF_INET, socket.SOCK_STREAM
        attempt(inet, stream, to=("127.0.0.1", @tcp@))
        attempt(inet, stream, 262, to=("127.0.0.1", @tcp@))
        attempt(inet, stream, to=("127.0.0.1", @tcp@), flags=socket.MSG_FASTOPEN)
        attempt(socket.AF_INET6, stream, to=("::ffff:127.0.0.1", @tcp@))
        attempt(inet, socket.SOCK_DGRAM, to=("127.0.0.1", @udp@))
        attempt(socket.AF_UNIX, stream, to="@unix@")
        attempt(socket.AF_UNIX, stream, to="\\0@abstract@")
        """,
    ),
    Case(
        "looks-for-a-cloud-around-it",
        """
        import urllib.request

        for url in ("http://169.254.169.254/latest/meta-data/iam/security-credentials/",
                    "http://169.254.170.2/v2/credentials", "http://192.0.2.1/"):
            try:
                print(urllib.request.urlopen(url, timeout=1).read())
            except OSError as fault:
                print(fault)
        """,
    ),
    Case(
        "leaves-its-sandbox",
        """
        import ctypes, os

        libc = ctypes.CDLL(None, use_errno=True)
        for flag in (0x10000000, 0x00020000, 0x40000000, 0x20000000, 0x08000000):
            print("unshare", libc.unshare(flag))
        print("mount", libc.mount(b"none", b"/tmp", b"tmpfs", 0, None))
        print("pivot", libc.pivot_root(b"/", b"/tmp"), libc.chroot(b"/tmp"))
        print("uid", libc.setuid(0), libc.setresuid(0, 0, 0), os.getuid())
        print("ring", libc.syscall(425, 8, 0), "bpf", libc.syscall(321, 0, 0, 0))
        print("keys", libc.syscall(248, b"user", b"x", b"y", 1, -3))
        try:
            os.mknod("disk", 0o60666, os.makedev(8, 0))
        except OSError as fault:
            print(fault)
        for root in ("/proc/1/root", "/proc/self/root", "/proc/1/cwd"):
            try:
                print(os.listdir(root + "@folder@"), open(root + "@gradebook@").read())
            except OSError as fault:
                print(fault)
        """,
    ),
    Case(
        "follows-links-it-made",
        """
        import os

        for name, target in (("a", "@gradebook@"), ("b", "/proc/@grader@/environ"),
                             ("c", "@course@/solutions"), ("sums.ipynb", "@another@")):
            try:
                os.path.lexists(name) and os.unlink(name)
                os.symlink(target, name)
                os.link(target, name + "2")
            except OSError:
                pass
            for path in (name, name + "2"):
                try:
                    print(open(path).read())
                except OSError:
                    pass
        """,
    ),
    Case(
        "prints-the-notebook-beside-it",
        LOOK
        + 'look(*os.listdir("."), *os.listdir(".."), "sums.ipynb", "../sums.ipynb")\n'
        "print(In, [cell for cell in get_ipython().history_manager.get_range()])",
    ),
    Case(
        "prints-the-test-that-calls-it",
        answers={
            "square-answer": """
            import inspect, linecache, sys

            def square(x):
                frame = sys._getframe(1)
                print(linecache.getlines(frame.f_code.co_filename))
                try:
                    print(inspect.getsource(frame.f_code), frame.f_code.co_consts)
                except OSError:
                    print(frame.f_code.co_consts)
                return x
            """
        },
    ),
    Case(
        "spies-from-a-function",
        assignment=GREETING,
        answers={
            "deploy-hello": '''
            import io, json, zipfile

            CODE = """
            import glob, os, socket

            def greet(event, context):
                loot = [dict(os.environ)]
                for path in ["@gradebook@", "@another@", "@credentials@",
                             *glob.glob("/proc/*/environ"),
                             "@course@/solutions/phase2/greeting.ipynb",
                             "@package@/checks/phase2_greetings.py"]:
                    try:
                        loot.append(open(path).read())
                    except (OSError, ValueError) as fault:
                        loot.append(str(fault))
                for port in (@tcp@,):
                    try:
                        socket.create_connection(("127.0.0.1", port), 1).sendall(b"x")
                    except OSError:
                        pass
                try:
                    os.kill(@bystander@, 9)
                except OSError:
                    pass
                print(loot)
                return {"greeting": repr(loot)}
            """

            def deploy_hello(cloud):
                import textwrap
                trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
                    "Principal": {"Service": "lambda.amazonaws.com"},
                    "Action": "sts:AssumeRole"}]}
                role = cloud.client("iam").create_role(
                    RoleName="r", AssumeRolePolicyDocument=json.dumps(trust))
                package = io.BytesIO()
                with zipfile.ZipFile(package, "w") as archive:
                    archive.writestr("hello.py", textwrap.dedent(CODE))
                functions = cloud.client("lambda")
                functions.create_function(
                    FunctionName="hello", Runtime="python3.13", Handler="hello.greet",
                    Role=role["Role"]["Arn"], Code={"ZipFile": package.getvalue()})
                functions.get_waiter("function_active_v2").wait(FunctionName="hello")
                said = functions.invoke(FunctionName="hello", LogType="Tail")
                print(said["Payload"].read(), said["LogResult"])
                return "hello"
            '''
        },
    ),
)
