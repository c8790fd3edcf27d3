"""Hosts of a site on one wire, with their link and their firewall. In namespaces of its own: see wire.test.ts.

Reads what the hosts are made of, by name: their addresses on the wire and in the link, their files before and after
one more comes; prints what was seen, as JSON.
"""

import ctypes
import json
import os
import socket
import subprocess
import sys
import threading
import time

# Python has os.setns from 3.12 on.
LIBC = ctypes.CDLL(None)
CLONE_NEWNET = 0x40000000

WORD = b"the password of alice"
wire = []


def run(*argv, **more):
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60, **more)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(argv)}: {done.stdout}{done.stderr}")
    return done.stdout


class Host:
    def __init__(self, root, name, outer, number):
        self.outer, self.root = outer, f"/tmp/{name}/root"
        self.process = subprocess.Popen(
            ["unshare", "-n", "-m", "--propagation", "private", "sh", "-c", "echo; exec cat"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self.process.stdout.readline()
        pid = str(self.process.pid)
        run("ip", "link", "add", f"v{number}", "type", "veth", "peer", "name", "eth0", "netns", pid)
        run("ip", "link", "set", f"v{number}", "master", "wire", "up")
        for folder in ("up", "work", "root"):
            os.makedirs(f"/tmp/{name}/{folder}")
        layers = f"lowerdir={root},upperdir=/tmp/{name}/up,workdir=/tmp/{name}/work"
        self.outside("mount", "-t", "overlay", "overlay", "-o", layers, self.root)
        self.outside("mount", "--rbind", "/dev", f"{self.root}/dev")
        self.outside("mount", "-t", "proc", "proc", f"{self.root}/proc")
        self.outside("ip", "link", "set", "lo", "up")
        self.outside("ip", "link", "set", "eth0", "up")
        for address in outer:
            self.outside(
                "ip",
                "addr",
                "add",
                f"{address}/{64 if ':' in address else 24}",
                "dev",
                "eth0",
                *(["nodad"] if ":" in address else []),
            )

    def outside(self, *argv):
        return run("nsenter", "-t", str(self.process.pid), "-n", "-m", *argv)

    def inside(self, *argv):
        path = "PATH=/usr/sbin:/usr/bin:/sbin:/bin"
        return self.outside("chroot", self.root, "env", path, *argv)

    def write(self, files):
        for path, (mode, content) in files.items():
            script = 'mkdir -p "$(dirname "$1")"; cat >"$1"; chmod "$2" "$1"'
            argv = [
                "nsenter",
                "-t",
                str(self.process.pid),
                "-m",
                "chroot",
                self.root,
                "sh",
                "-c",
                script,
                "sh",
                path,
                mode,
            ]
            run(*argv, input=content)

    def up(self, files):
        self.write(files)
        self.inside("nft", "-f", "/etc/nftables.conf")
        self.inside("wg-quick", "up", "postfleet")

    def within(self, work):
        """The result of a function whose sockets belong to this host."""
        made = []

        def enter():
            with open(f"/proc/{self.process.pid}/ns/net") as namespace:
                if LIBC.setns(namespace.fileno(), CLONE_NEWNET) != 0:
                    raise SystemExit("setns")
            made.append(work())

        thread = threading.Thread(target=enter)
        thread.start()
        thread.join()
        return made[0]

    def listen(self, port):
        """What says everything back."""
        server = self.within(lambda: socket.create_server(("::", port), family=socket.AF_INET6, dualstack_ipv6=True))

        def answer(connection):
            while data := connection.recv(4096):
                connection.sendall(b"+ " + data)

        def accept():
            while True:
                connection, _ = server.accept()
                threading.Thread(target=answer, args=(connection,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()

    def connect(self, address, port, seconds=5):
        def work():
            try:
                return socket.create_connection((address, port), seconds)
            except OSError:
                return None

        return self.within(work)

    def asks_as(self, user, address, port):
        """Whether a process of that user is let out."""
        program = f"""import socket
try:
    socket.create_connection(({address!r}, {port}), 5)
    print("let out")
except OSError:
    print("refused")"""
        return self.inside("setpriv", "--reuid", user, "--clear-groups", "python3", "-c", program).strip()

    def asks(self, address, port, seconds=5):
        """Whether there is an answer."""
        connection = self.connect(address, port, seconds)
        return connection is not None and says(connection)


def sessions(host):
    """Each peer that has answered, and when its session began."""
    lines = host.inside("wg", "show", "postfleet", "latest-handshakes").splitlines()
    return {line for line in lines if not line.endswith("\t0")}


def says(connection):
    connection.sendall(WORD)
    return connection.recv(4096) == b"+ " + WORD


def capture():
    raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    while True:
        wire.append(raw.recv(65535))


def seen():
    """Whether the word was on the wire since the last look."""
    time.sleep(0.3)
    frames = b"".join(wire)
    wire.clear()
    return WORD in frames


def main():
    given = json.load(sys.stdin)
    run("mount", "-t", "tmpfs", "tmpfs", "/tmp")
    run("ip", "link", "add", "wire", "type", "bridge")
    run("ip", "link", "set", "wire", "up")
    threading.Thread(target=capture, daemon=True).start()
    hosts, link, told = {}, given["link"], {}
    for number, (name, outer) in enumerate(given["outer"].items()):
        hosts[name] = Host(given["root"], name, outer, number)
    relay, store, later, rogue = (hosts[name] for name in ("relay1", "store1", "mx2", "rogue1"))
    store.listen(24)
    relay.listen(10025)

    # What it was before: without the firewall and the link everything is to be read.
    told["plain"] = [relay.asks(store.outer[0], 24), seen()]

    relay.up(given["before"]["relay1"])
    store.up(given["before"]["store1"])
    told["link"] = [relay.asks(link["store1"], 24, 20), seen()]
    told["outside"] = relay.asks(store.outer[0], 24, 2)
    told["users"] = {user: relay.asks_as(user, link["store1"], 24) for user in ("postfix", "www-data", "nobody")}
    held = relay.connect(link["store1"], 24)

    # A neighbour: at the open port, at the link with a key of its own, and under an address of the relay's.
    rogue.up(given["rogue"])
    told["neighbour"] = rogue.asks(store.outer[0], 24, 2)
    told["other key"] = rogue.asks(link["store1"], 24, 4)
    told["forged"] = forged(rogue, store, link)

    # A host more, while a connection of the others is open.
    told["stranger"] = later.asks(relay.outer[0], 10025, 2)
    later.up(given["after"]["mx2"])
    told["too early"] = later.asks(link["relay1"], 10025, 2)
    relay.write(given["after"]["relay1"])
    relay.inside("nft", "-f", "/etc/nftables.conf")
    relay.inside("/usr/local/lib/postfleet/link/sync")
    store.write(given["after"]["store1"])
    handshakes = sessions(store)
    store.inside("/usr/local/lib/postfleet/link/sync")
    told["kept"] = says(held)
    told["same sessions"] = [len(handshakes), handshakes <= sessions(store)]
    told["added"] = later.asks(link["relay1"], 10025, 20)

    # It leaves again: lost, or taken over.
    relay.write(given["before"]["relay1"])
    relay.inside("/usr/local/lib/postfleet/link/sync")
    told["left"] = [later.asks(link["relay1"], 10025, 3), says(held)]
    told["late words"] = seen()
    told["watch"] = [relay.inside(*argv).strip() for argv in given["watch"]]
    print(json.dumps(told))


def forged(rogue, store, link):
    """Packets with the relay's address of the link, sent past the link: how many pass the store's firewall."""
    counted = ["iifname", "eth0", "ip6", "saddr", link["relay1"], "counter"]
    store.inside("nft", "insert", "rule", "inet", "postfleet", "input", *counted)
    rogue.outside("ip", "link", "del", "postfleet")
    rogue.outside("ip", "-6", "addr", "add", f"{link['relay1']}/128", "dev", "eth0", "nodad")
    way = ["via", store.outer[1], "dev", "eth0", "src", link["relay1"]]
    rogue.outside("ip", "-6", "route", "add", link["store1"], *way)
    before = segments(store)
    rogue.asks(link["store1"], 24, 2)
    first = store.inside("nft", "list", "chain", "inet", "postfleet", "input").partition("counter packets ")[2]
    return {"arrived": int(first.split()[0]) > 0, "passed": segments(store) - before}


def segments(store):
    """Segments of TCP that have passed the firewall of a host."""
    lines = store.inside("cat", "/proc/net/snmp").splitlines()
    names, values = (line.split() for line in lines if line.startswith("Tcp:"))
    received = dict(zip(names, values, strict=True))
    return int(received["InSegs"])


main()
