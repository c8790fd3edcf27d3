"""Probes that must pass after a change."""
import re
import time

from agent.system import Refused, run, tail
from agent.systemd import Units, unit_fact
from agent.units import unit_log

STEADY_SECONDS = {"started": 0.5, "restarted": 0.5, "reloaded": 0.3}


def check_health(manifest, done, acted, changed, say):
    """Runs all probes at once; running units must be active and stay so. Raises with the first failure in their order."""
    import threading

    running = [unit for unit, spec in manifest["services"].items() if spec["running"] and not spec.get("masked")]
    checks = [("units", lambda: units_hold(running, done, acted))]
    for probe in manifest["health"]:
        checks.append((probe_name(probe), lambda probe=probe: repeat_probe(probe)))
    if manifest["health"]:
        say("health", ", ".join(name for name, _ in checks[1:]))
    answers = [None] * len(checks)

    def ask(number):
        try:
            answers[number] = checks[number][1]()
        except Exception as error:  # a probe that breaks has not passed
            answers[number] = (f"{type(error).__name__}: {error}", None)

    threads = [threading.Thread(target=ask, args=(number,), daemon=True) for number in range(len(checks))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for (name, _), answer in zip(checks, answers, strict=True):
        if answer:
            said, unit = answer
            units = [unit] if unit else [u for u in running if done.get(u) in STEADY_SECONDS][:3] or running[:1]
            logs = "\n".join(f"{u}: {unit_log(u)}" for u in units)
            raise Refused("ApplyFailed", f"health: {unit or name}: {said}", stage="health", unit=unit, output=logs, files=changed[:20])


def units_hold(units, done, acted):
    """Active now, and after a start or restart still the same process a moment later."""
    if not units:
        return None
    moment = acted + max([STEADY_SECONDS.get(done.get(unit), 0) for unit in units]) - time.monotonic()
    if moment > 0:
        time.sleep(moment)
    deadline = time.monotonic() + 30
    while True:
        shown = Units.now(units)
        states = {unit: f"{s.get('ActiveState')} ({s.get('SubState')})" for unit, s in shown.items()}
        for unit in units:
            restarts = shown.get(unit, {}).get("NRestarts", "0")
            if done.get(unit) in ("started", "restarted") and restarts not in ("0", ""):
                return f"it ended and was started again {restarts} times", unit
        waiting = [unit for unit in units if states.get(unit, "").startswith("activating")]
        for unit in units:
            if unit not in waiting and not unit_fact(shown.get(unit, {}))["running"]:
                return f"it is {states.get(unit, 'unknown')}", unit
        if not waiting:
            return None
        if time.monotonic() > deadline:
            return f"it is still {states[waiting[0]]} after 30 s", waiting[0]
        time.sleep(0.2)


def probe_name(probe):
    if probe["kind"] == "tcp":
        return f"{'tls' if probe.get('tls') else 'tcp'} {probe['address']}:{probe['port']}"
    return {"http": lambda: probe["url"], "command": lambda: "`" + " ".join(probe["argv"]) + "`", "unit": lambda: probe["unit"]}[probe["kind"]]()


def repeat_probe(probe):
    deadline, pause = time.monotonic() + probe["timeout"], 0.05
    while True:
        left = max(deadline - time.monotonic(), 0.2)
        said = {"tcp": probe_tcp, "http": probe_http, "command": probe_command, "unit": probe_unit}[probe["kind"]](probe, left)
        if said is None:
            return None
        if time.monotonic() + pause >= deadline:
            return f"{said} (for {probe['timeout']:g} s)", probe.get("unit")
        time.sleep(pause)
        pause = min(pause * 2, 1)


def connect(address, port, timeout, tls):
    import socket

    plain = socket.create_connection((address, port), timeout)
    if not tls:
        return plain
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # whether it serves, not who it is
    try:
        return context.wrap_socket(plain, server_hostname=None if ":" in address or address.replace(".", "").isdigit() else address)
    except OSError:
        plain.close()
        raise


def probe_tcp(probe, left):
    try:
        with connect(probe["address"], probe["port"], left, probe.get("tls")) as peer:
            expect, line = (probe.get("expect") or "").encode(), b""
            while expect and len(line) < len(expect) and b"\n" not in line:
                part = peer.recv(512)
                if not part:
                    break
                line += part
            if not line.startswith(expect):
                return f"it said {line[:80].decode(errors='replace')!r}, expected is {probe['expect']!r}"
            return None
    except OSError as error:
        return str(error)


def probe_http(probe, left):
    scheme, _, rest = probe["url"].partition("://")
    authority, _, path = rest.partition("/")
    match = re.fullmatch(r"(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?", authority)
    if scheme not in ("http", "https") or not match:
        return f"{probe['url']!r} is no http or https address"
    host, port = match[1] or match[2], int(match[3] or (443 if scheme == "https" else 80))
    try:
        with connect(host, port, left, scheme == "https") as peer:
            peer.sendall(f"GET /{path} HTTP/1.1\r\nHost: {authority}\r\nUser-Agent: postfleet\r\nConnection: close\r\n\r\n".encode())
            answer = b""
            while b"\r\n" not in answer and len(answer) < 4096 and (part := peer.recv(4096)):
                answer += part
        line = answer.partition(b"\r\n")[0].decode(errors="replace")
        return None if line.split(" ")[1:2] == [str(probe["status"])] else f"it answered {line[:80]!r}, expected is status {probe['status']}"
    except OSError as error:
        return str(error)


def probe_command(probe, left):
    code, out, err = run(probe["argv"], left)
    return None if code == 0 else f"exit code {code}: {tail(f'{out}{err}', 10)}"


def probe_unit(probe, left):
    shown = Units.now([probe["unit"]]).get(probe["unit"], {})
    return None if shown.get("ActiveState") == "active" else f"it is {shown.get('ActiveState')} ({shown.get('SubState')})"
