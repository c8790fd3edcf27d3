#!/usr/bin/python3
# @OWNED@
"""Usage: mta-sts-gate SOCKET DAEMON RESOLVER PORT

Answers Postfix's smtp_tls_policy_maps by socketmap_table(5): what the MTA-STS daemon says of a domain, unless DANE decides.
Whatever cannot be found out is a temporary failure: mail waits, it is never sent with less protection.
"""
import asyncio
import os
import socket
import sys

import dns.asyncresolver
import dns.exception
import dns.flags
import dns.name
import dns.resolver

LISTEN, DAEMON, RESOLVER, PORT = sys.argv[1:]
NOTFOUND = b"NOTFOUND "
# Postfix waits for 100 s; the daemon takes 4 s for DNS and 4 s for the policy.
PATIENCE = 30
LONGEST = 100_000

resolver = dns.asyncresolver.Resolver(configure=False)
resolver.nameservers, resolver.port, resolver.lifetime = [RESOLVER], int(PORT), 10
# Ask the resolver to say whether it validated the answer, RFC 6840 section 5.7.
resolver.flags = dns.flags.RD | dns.flags.AD


async def look_up(name, kind):
    """(records, whether they or their absence are validated). An error where the resolver does not know."""
    try:
        answer = await resolver.resolve(name, kind, raise_on_no_answer=False)
    except dns.resolver.NXDOMAIN:
        return [], False
    return list(answer.rrset or []), bool(answer.response.flags & dns.flags.AD)


def usable(tlsa):
    """Certificate usages of SMTP, RFC 7672 section 3.1; with other records alone Postfix verifies nothing."""
    return tlsa.usage in (2, 3) and tlsa.selector in (0, 1) and tlsa.mtype in (0, 1, 2)


async def has_dane(host):
    """Whether DANE protects an MX host; None where it has no address."""
    try:
        found = await asyncio.gather(look_up(host, "A"), look_up(host, "AAAA"))
    except dns.exception.DNSException:
        return None
    validated = [secure for records, secure in found if records]
    if not validated:
        return None
    if not all(validated):
        return False
    try:
        records, secure = await look_up(dns.name.from_text("_25._tcp", host), "TLSA")
    except dns.exception.DNSException:
        # Postfix sends nothing to this host either, RFC 7672 section 2.1.2.
        return True
    return secure and any(map(usable, records))


async def protection(domain):
    """For every MX host that can be reached whether DANE protects it; [] where the MX records may be anybody's."""
    records, secure = await look_up(domain, "MX")
    if not secure:
        return []
    hosts = [record.exchange for record in records] or [domain]
    return [found for found in await asyncio.gather(*map(has_dane, hosts)) if found is not None]


def netstring(data):
    return b"%d:%s," % (len(data), data)


async def read_netstring(reader):
    length = int((await reader.readuntil(b":"))[:-1])
    if not 0 <= length <= LONGEST:
        raise ValueError("a netstring of %d bytes" % length)
    data = await reader.readexactly(length + 1)
    if data[-1:] != b",":
        raise ValueError("a netstring without its comma")
    return data[:-1]


async def ask_daemon(domain):
    reader, writer = await asyncio.open_unix_connection(DAEMON)
    try:
        writer.write(netstring(b"postfix " + domain.to_text(omit_final_dot=True).encode()))
        reply = await read_netstring(reader)
    finally:
        writer.close()
    if reply != NOTFOUND and not reply.startswith(b"OK "):
        raise ValueError("the MTA-STS daemon answered %r" % reply)
    return reply


async def decide(domain):
    policy = failure = None
    try:
        policy = await asyncio.wait_for(ask_daemon(domain), PATIENCE)
    except Exception as error:
        failure = error
    if policy == NOTFOUND:
        return policy
    protected = await protection(domain)
    if protected and all(protected):
        return NOTFOUND
    if failure:
        raise failure
    # Some of its hosts have DANE: mail goes to these alone, for Postfix knows one policy a domain.
    return b"OK dane-only" if any(protected) else policy


async def answer(request):
    key = request.decode().partition(" ")[2]
    # Parents of a domain, and servers named by the operator: MTA-STS speaks of domains and their MX alone.
    if key.startswith((".", "[")) or ":" in key:
        return NOTFOUND
    try:
        return await decide(dns.name.from_text(key.lower()))
    except Exception as error:
        print("%s: %s: %s" % (key, type(error).__name__, error), file=sys.stderr, flush=True)
        return b"TEMP MTA-STS: %s" % type(error).__name__.encode()


async def serve(reader, writer):
    try:
        while True:
            writer.write(netstring(await answer(await read_netstring(reader))))
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    except ValueError as error:
        print("a request is refused: %s" % error, file=sys.stderr, flush=True)
    finally:
        writer.close()


async def main():
    server = await asyncio.start_unix_server(serve, LISTEN)
    os.chmod(LISTEN, 0o666)
    if "NOTIFY_SOCKET" in os.environ:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
            systemd.sendto(b"READY=1", os.environ["NOTIFY_SOCKET"].replace("@", "\0", 1))
    await server.serve_forever()


asyncio.run(main())
