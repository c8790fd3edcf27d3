# @OWNED@
"""Counts wrong passwords by address, by account and by both, and says whom to refuse and whom to ban.

An address is an IPv4 address or an IPv6 /64, as `ip_address` of its first. Times are seconds since 1970. Nothing here
grows without bounds, whatever is tried: each table drops what was used longest ago.
"""

import collections
import hashlib
import hmac
import ipaddress
import os

HOUR = 3600
DAY = 24 * HOUR
# Wrong passwords that are taken at once, and that an hour makes good: of an address where nobody logged in lately...
ADDRESS_LIMIT, ADDRESS_HOUR = 10, 10
# ... with as many more for each account that did: an office behind one address is many people.
MORE_PER_ACCOUNT, MOST_ACCOUNTS = 10, 50
# ... of one account from one address, and where the account logged in lately; one mistypes, and a device remembers.
PAIR_LIMIT, KNOWN_PAIR_LIMIT, PAIR_HOUR = 10, 20, 20
# ... of one account from all addresses where it did not log in lately.
ACCOUNT_LIMIT, ACCOUNT_HOUR = 50, 20
# What "lately" means.
LATELY = 30 * DAY
# The same wrong password once more: a forgotten device tries all day, and learns nothing. It still makes work.
REPEATED = 0.02
# The first ban; each further one is four times as long. After a week without one the next is the first again.
BAN, BAN_GROWTH, LONGEST_BAN, REMEMBERED = 15 * 60, 4, DAY, 7 * DAY
# Most entries of the tables; most addresses at which an account is known; most accounts that an address remembers.
MOST, MOST_BANS, MOST_PLACES, MOST_NAMES = 50_000, 10_000, 50, 1000
# Guesses whose outcome is not reported within this time, in seconds, have none.
UNDECIDED = 30


class Recent(collections.OrderedDict):
    """A table that forgets what was used longest ago."""

    def __init__(self, most, entries=()):
        super().__init__(entries)
        self.most = most

    def use(self, key, value):
        self[key] = value
        self.move_to_end(key)
        while len(self) > self.most:
            self.popitem(last=False)


class Levels(Recent):
    """Levels that rise by what is added and sink with time."""

    def __init__(self, per_hour, entries=()):
        super().__init__(MOST, entries)
        self.per_hour = per_hour

    def level(self, key, now):
        level, since = self.get(key, (0, now))
        return max(0, level - max(0, now - since) * self.per_hour / HOUR)

    def count(self, key, now):
        """What it comes to, in whole passwords."""
        return round(self.level(key, now))

    def add(self, key, amount, now):
        level = max(0, self.level(key, now) + amount)
        if level > 0:
            self.use(key, (level, now))
        else:
            self.pop(key, None)


def place_of(address):
    """The address that counts: IPv4 as it is, IPv6 by its /64; none for what is no address."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return None
    ip = getattr(ip, "ipv4_mapped", None) or ip
    return str(ip if ip.version == 4 else ipaddress.IPv6Address(int(ip) >> 64 << 64))


class Judge:
    def __init__(self, allowed, kept=None):
        """`allowed`: networks that are never refused. `kept`: what `state` said before a restart."""
        kept = kept or {}
        self.allowed = [ipaddress.ip_network(network, strict=False) for network in allowed]
        self.levels = {
            name: Levels(per_hour, ((key, tuple(value)) for key, value in kept.get(name, {}).items()))
            for name, per_hour in (("address", ADDRESS_HOUR), ("pair", PAIR_HOUR), ("account", ACCOUNT_HOUR))
        }
        # By address: the accounts that logged in there, and when; by account: its addresses.
        self.known = Recent(MOST, kept.get("known", {}))
        self.places = {}
        for place, accounts in self.known.items():
            for account in accounts:
                self.places.setdefault(account, []).append(place)
        # By address: from when until when, how many there were so far, and why.
        self.bans = Recent(MOST_BANS, kept.get("bans", {}))
        # What lives no longer than this process: wrong passwords, by a hash that nobody else makes, and open guesses.
        self.seen = Recent(MOST)
        self.open = Recent(MOST)
        self.key = os.urandom(32)

    def state(self):
        """What is kept over a restart. No password, and no hash of one."""
        return {**self.levels, "known": self.known, "bans": self.bans}

    def forget(self, now):
        """Drops what serves no longer: where people logged in is kept for as long as it counts."""
        for levels in self.levels.values():
            for key in [key for key in levels if levels.level(key, now) == 0]:
                del levels[key]
        for place, accounts in list(self.known.items()):
            for account in [name for name, at in accounts.items() if now - at >= LATELY]:
                del accounts[account]
            if not accounts:
                del self.known[place]
        for place in [place for place, ban in self.bans.items() if now - ban["until"] >= REMEMBERED]:
            del self.bans[place]
        self.places = {name: there for name, places in self.places.items() if (there := self.still(places))}

    def still(self, places):
        return [place for place in places if place in self.known]

    def exempt(self, place):
        return place is None or any(ipaddress.ip_address(place) in network for network in self.allowed)

    def known_accounts(self, place, now):
        return {name for name, at in self.known.get(place, {}).items() if now - at < LATELY}

    def banned(self, place, now):
        return self.bans.get(place, {}).get("until", 0) > now

    def refusal(self, login, remote, now):
        """Why this login is not even tried; none where it is. An answer is expected by `outcome`."""
        place, account = place_of(remote), account_of(login)
        if self.exempt(place):
            return None
        if self.banned(place, now):
            return "the address is banned"
        known = self.known_accounts(place, now)
        pair = pair_of(place, account)
        is_known = account in known
        # Where the account is known its own programs come at once, dozens after a restart: those are no guesses.
        guesses = [] if is_known else [at for at in self.open.get(pair, ()) if now - at < UNDECIDED]
        level = self.levels["pair"].count(pair, now) + len(guesses)
        if level >= (KNOWN_PAIR_LIMIT if is_known else PAIR_LIMIT):
            return "too many wrong passwords for the account from the address"
        if not is_known and self.levels["address"].count(place, now) >= limit_of(known):
            return "too many wrong passwords from the address"
        if not is_known and self.levels["account"].count(account, now) >= ACCOUNT_LIMIT:
            return "too many wrong passwords for the account"
        if not is_known:
            self.open.use(pair, [*guesses, now])
        return None

    def outcome(self, login, remote, pwhash, success, now):
        """What came of a login that was tried. Answers the reason where the address is banned for it."""
        place, account = place_of(remote), account_of(login)
        if self.exempt(place):
            return None
        pair = pair_of(place, account)
        self.decide(pair)
        if success:
            self.remember(place, account, pair, now)
            return None
        known = self.known_accounts(place, now)
        guess = hmac.digest(self.key, f"{pair} {pwhash}".encode("utf-8", "backslashreplace"), "sha256")
        amount = REPEATED if now - self.seen.get(guess, 0) < DAY else 1
        self.seen.use(guess, now)
        self.levels["pair"].add(pair, amount, now)
        self.levels["address"].add(place, amount, now)
        if account not in known:
            self.levels["account"].add(account, amount, now)
        if known or self.levels["address"].count(place, now) < ADDRESS_LIMIT:
            return None
        return self.ban(place, f"{ADDRESS_LIMIT} wrong passwords, the last for {account}", now)

    def decide(self, pair):
        guesses = self.open.pop(pair, [])[1:]
        if guesses:
            self.open.use(pair, guesses)

    def remember(self, place, account, pair, now):
        """A right password makes good the wrong ones before it, of this account here."""
        self.levels["address"].add(place, -self.levels["pair"].level(pair, now), now)
        self.levels["pair"].pop(pair, None)
        accounts = Recent(MOST_NAMES, self.known.get(place, {}))
        accounts.use(account, now)
        self.known.use(place, accounts)
        places = [one for one in self.still(self.places.get(account, [])) if one != place]
        for old in places[: -MOST_PLACES + 1]:
            self.known[old].pop(account, None)
        self.places[account] = [*places[-MOST_PLACES + 1 :], place]

    def ban(self, place, why, now):
        before = self.bans.get(place, {"until": 0, "times": 0})
        times = before["times"] + 1 if now - before["until"] < REMEMBERED else 1
        length = min(BAN * BAN_GROWTH ** (times - 1), LONGEST_BAN)
        self.bans.use(place, {"since": now, "until": now + length, "times": times, "why": why})
        return f"{why}; ban {times}, for {length // 60} minutes"

    def lift(self, place, now):
        """Ends a ban and forgets what led to it; whether there was one."""
        was = self.banned(place, now)
        self.bans.pop(place, None)
        self.levels["address"].pop(place, None)
        for pair in [one for one in self.levels["pair"] if one.startswith(f"{place} ")]:
            del self.levels["pair"][pair]
        return was

    def current(self, now):
        """The bans that hold."""
        return {place: ban for place, ban in self.bans.items() if ban["until"] > now and not self.exempt(place)}


def limit_of(known):
    return ADDRESS_LIMIT + MORE_PER_ACCOUNT * min(len(known), MOST_ACCOUNTS)


def account_of(login):
    """A login as it counts; a very long one by its hash."""
    name = login.strip().lower()
    return name if len(name) <= 254 else hashlib.sha256(name.encode("utf-8", "backslashreplace")).hexdigest()


def pair_of(place, account):
    return f"{place} {account}"
