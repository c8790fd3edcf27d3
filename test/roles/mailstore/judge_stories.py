"""Stories of addresses and accounts for the judge of logins: `judge_stories.py FOLDER STORY`. FOLDER has its module."""

import json
import resource
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
from judge import DAY, HOUR, Judge, MOST  # noqa: E402

NOW = 1_800_000_000.0
ALICE, BOB, CAROL = "alice@example.org", "bob@example.org", "carol@example.org"
HOME, OFFICE, BOT = "203.0.113.7", "198.51.100.1", "192.0.2.66"


class Site:
    """A judge, a clock, and passwords: the right one is `right`."""

    def __init__(self, allowed=(), kept=None):
        self.judge, self.now = Judge(allowed, kept), NOW

    def login(self, account, address, password):
        """`right`, `wrong`, or why it was not tried."""
        why = self.judge.refusal(account, address, self.now)
        if why is not None:
            return why
        right = password == "right"
        self.judge.outcome(account, address, f"hash of {password}", right, self.now)
        return "right" if right else "wrong"

    def guesses(self, account, address, count, begin=0):
        return [self.login(account, address, f"guess {begin + n}") for n in range(count)]

    def tried(self, *words):
        return self.guesses(*words).count("wrong")

    def banned(self):
        return {place: round(ban["until"] - self.now) for place, ban in self.judge.current(self.now).items()}


def three_then_another():
    site = Site()
    return [*site.guesses(ALICE, OFFICE, 3), site.login(BOB, OFFICE, "right")]


def brute_force():
    site = Site()
    tried = site.tried(ALICE, BOT, 100)
    return {"tried": tried, "banned": site.banned(), "right": site.login(ALICE, BOT, "right")}


def names_one_by_one():
    site = Site()
    return sum(site.tried(f"user{n}@example.org", BOT, 1) for n in range(100)), list(site.banned())


def ipv6():
    site = Site()
    for n in range(100):
        site.login(ALICE, f"2001:db8:1:2::{n:x}", f"guess {n}")
    return {"banned": list(site.banned()), "beside": site.login(BOB, "2001:db8:1:3::1", "right")}


def written_otherwise():
    site = Site()
    for n in range(20):
        site.login(ALICE, f"::ffff:{BOT}", f"guess {n}")
    return list(site.banned())


def growing():
    site, lengths = Site(), []
    for n in range(6):
        site.guesses(ALICE, BOT, 20, n * 100)
        lengths.append(site.banned()[BOT])
        site.now += lengths[-1] + 1
    site.now += 8 * DAY
    site.guesses(ALICE, BOT, 20, 5000)
    return [*lengths, site.banned()[BOT]]


def office():
    """Twenty people behind an address, of whom one forgot the password, and one has a program that guesses."""
    site = Site()
    people = [f"person{n}@example.org" for n in range(20)]
    for person in people:
        site.login(person, OFFICE, "right")
    guessed = [site.tried(person, OFFICE, 50) for person in people]
    spread = sum(site.tried(f"victim{n}@example.org", OFFICE, 30) for n in range(50))
    answers = {site.login(person, OFFICE, "right") for person in people}
    site.now += HOUR
    later = {site.login(person, OFFICE, "right") for person in people}
    return {"most": max(guessed), "spread": spread, "banned": site.banned(), "now": list(answers), "later": list(later)}


def others_of_the_office():
    """One account guesses another's password from a shared address: that pair is refused, and nobody else."""
    site = Site()
    site.login(BOB, OFFICE, "right")
    site.login(CAROL, OFFICE, "right")
    tried = site.tried(ALICE, OFFICE, 100)
    return {
        "tried": tried,
        "alice": site.login(ALICE, OFFICE, "right"),
        "bob": site.login(BOB, OFFICE, "right"),
        "carol": site.login(CAROL, OFFICE, "right"),
        "new": site.login("dave@example.org", OFFICE, "right"),
        "banned": site.banned(),
        "alice at home": site.login(ALICE, HOME, "right"),
    }


def distributed():
    site = Site()
    site.login(ALICE, HOME, "right")
    tried = sum(site.tried(ALICE, f"192.0.2.{n}", 5, n * 5) for n in range(1, 200))
    return {
        "tried": tried,
        "elsewhere": site.login(ALICE, "198.51.100.99", "right"),
        "home": site.login(ALICE, HOME, "right"),
        "bob elsewhere": site.login(BOB, "198.51.100.99", "right"),
        "later": [setattr(site, "now", site.now + 2 * HOUR), site.login(ALICE, "198.51.100.99", "right")][1],
    }


def forgotten_device():
    """It tries the old password every minute for a day, then somebody mends it."""
    site, answers = Site(), set()
    for _ in range(24 * 60):
        site.now += 60
        answers.add(site.login(ALICE, HOME, "old"))
    return {"answers": sorted(answers), "banned": site.banned(), "new": site.login(ALICE, HOME, "right")}


def hammering():
    """The same wrong password is no guess, but work: it is not looked at for ever."""
    site = Site()
    return {"tried": sum(site.login(ALICE, BOT, "old") == "wrong" for _ in range(5000)), "banned": list(site.banned())}


def at_once():
    """Questions of a hundred connections before the first outcome is known; and people who come at once."""
    site = Site()
    passed = [site.judge.refusal(ALICE, BOT, site.now) for _ in range(100)].count(None)
    site.login(BOB, OFFICE, "right")
    programs = [site.judge.refusal(BOB, OFFICE, site.now) for _ in range(300)].count(None)
    people = [site.judge.refusal(f"person{n}@example.org", OFFICE, site.now) for n in range(300)].count(None)
    site.now += 60
    return {"passed": passed, "people": people, "programs": programs, "later": site.login(ALICE, BOT, "right")}


def mistyped():
    site = Site()
    answers = []
    for day in range(5):
        answers += [*site.guesses(ALICE, HOME, 6, day * 10), site.login(ALICE, HOME, "right")]
    return sorted(set(answers)), site.banned()


def allowed():
    site = Site(["198.51.100.0/24", "2001:db8::/32", "192.0.2.66"])
    tried = [site.tried(ALICE, address, 50) for address in (OFFICE, "2001:db8::5", BOT)]
    return {"tried": tried, "banned": site.banned(), "elsewhere": site.login(ALICE, HOME, "right")}


def restarted():
    site = Site()
    for account in (BOB, CAROL):
        site.login(account, OFFICE, "right")
    site.guesses(ALICE, BOT, 50)
    site.guesses(CAROL, HOME, 8)
    text = json.dumps(site.judge.state())
    again = Site([], json.loads(text))
    return {
        "banned": list(again.banned()),
        "left": again.tried(CAROL, HOME, 50, 100),
        "office": again.judge.known_accounts(OFFICE, again.now) == {BOB, CAROL},
        "secrets": "hash of" in text or "guess" in text,
        "second": [again.judge.lift(HOME, again.now), again.tried(CAROL, HOME, 50, 500)],
    }


def out_of_date():
    """A month later, at another address: what is left of it."""
    site = Site()
    site.login(ALICE, HOME, "right")
    site.login(BOB, OFFICE, "right")
    site.guesses(ALICE, BOT, 50)
    site.guesses(CAROL, OFFICE, 5)
    site.now += 20 * DAY
    site.login(BOB, OFFICE, "right")
    site.now += 11 * DAY
    site.judge.forget(site.now)
    return site.judge.state(), site.judge.places


def allowed_later():
    """Who was banned before the site file allowed them is free after the restart."""
    site = Site()
    site.guesses(ALICE, BOT, 50)
    return Site([BOT], json.loads(json.dumps(site.judge.state()))).banned()


def lifted():
    site = Site()
    site.guesses(ALICE, BOT, 50)
    first, left = site.judge.lift(BOT, site.now), site.banned()
    return [first, left, site.login(ALICE, BOT, "right"), site.judge.lift(BOT, site.now)]


def flood():
    """Many addresses and names: bounded, and who is known stays known."""
    site = Site()
    site.login(ALICE, HOME, "right")
    for n in range(80_000):
        site.now += 0.01
        address = f"2001:db8:{n >> 16:x}:{n & 0xFFFF:x}::1"
        site.login(f"x{n}@example.org" + "y" * 400, address, f"g{n}")
        if n % 10 == 0:
            site.login(BOB, address, "right")
    judge = site.judge
    tables = [*judge.levels.values(), judge.known, judge.bans, judge.seen, judge.open]
    return {
        "largest": max(map(len, tables)) <= MOST,
        "bob": sum(BOB in accounts for accounts in judge.known.values()),
        "places": len(judge.places[BOB]),
        "alice": site.login(ALICE, HOME, "right"),
        "mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def strange():
    site = Site()
    words = ["", "x" * 100_000, "a\0b", "\ud800", "' or 1=1", "ÄÖÜ@EXAMPLE.org"]
    return [site.login(word, address, "wrong") for word in words for address in ("", "nonsense", BOT)]


print(json.dumps(globals()[sys.argv[2]]()))
