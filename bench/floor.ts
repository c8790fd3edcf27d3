/**
 * The floor: what a person who knows the host by heart would write as one shell script. It checks the same facts, or
 * makes the same host, and neither plans, validates, rolls back nor explains.
 */
import { shellQuote } from "../quote/programs";
import type { HostFacts } from "./record";

const list = (words: string[]): string => words.map(shellQuote).join(" ");

/** A script that reads the live state of everything that the roles name. Exit status 0: all as it should be. */
export function checkScript(facts: HostFacts): string {
  const files = Object.entries(facts.files).map(([path, sha256]) => `${sha256}  ${path}`);
  const units = Object.entries(facts.services).filter(([, unit]) => !unit.masked);
  const running = units.filter(([, unit]) => unit.running).map(([name]) => name);
  const enabled = units.filter(([, unit]) => unit.enabled).map(([name]) => name);
  return [
    "bad=0",
    `sha256sum --quiet -c <<'FILES' || bad=1\n${files.join("\n")}\nFILES`,
    `stat -c '%a %U %G %n' ${list([...Object.keys(facts.files), ...Object.keys(facts.directories), ...facts.links])} >/dev/null || bad=1`,
    `dpkg-query -W -f='\${Package} \${Version} \${db:Status-Status}\\n' ${list(facts.packages)} >/dev/null || bad=1`,
    running.length > 0 ? `systemctl is-active -q ${list(running)} || bad=1` : "",
    enabled.length > 0 ? `systemctl is-enabled -q ${list(enabled)} || bad=1` : "",
    "exit $bad",
    "",
  ].join("\n");
}

/** A script that makes the host from nothing; the files come as a tar archive on standard input. */
export function buildScript(facts: HostFacts): string {
  const users = Object.entries(facts.users).map(
    ([name, user]) =>
      `id ${shellQuote(name)} >/dev/null 2>&1 || useradd -r -d ${shellQuote(user.home)} -s ${shellQuote(user.shell)} ${shellQuote(name)}`,
  );
  const units = Object.entries(facts.services);
  const of = (keep: (unit: HostFacts["services"][string]) => boolean) =>
    units.filter(([, unit]) => keep(unit)).map(([name]) => name);
  const masked = of((unit) => unit.masked === true);
  const enabled = of((unit) => unit.enabled && !unit.masked);
  const running = of((unit) => unit.running && !unit.masked);
  const when = (units: string[], command: string) => (units.length > 0 ? `${command} ${list(units)}` : "");
  return [
    "set -e",
    "export DEBIAN_FRONTEND=noninteractive",
    // The daemons start with their own configuration, not with Debian's.
    "printf '#!/bin/sh\\nexit 101\\n' > /usr/sbin/policy-rc.d && chmod 755 /usr/sbin/policy-rc.d",
    "apt-get update -q >/dev/null",
    `apt-get install -y -q --no-install-recommends -o Dpkg::Options::=--force-confdef ${list(facts.packages)} >/dev/null`,
    "rm /usr/sbin/policy-rc.d",
    ...users,
    "tar x -p -C /",
    "systemctl daemon-reload",
    when(masked, "systemctl mask -q"),
    when(enabled, "systemctl enable -q"),
    when(running, "systemctl restart"),
    "",
  ].join("\n");
}

/** Paths that go into the archive for {@link buildScript}. */
export function archivePaths(facts: HostFacts): { whole: string[]; directories: string[] } {
  return { whole: [...Object.keys(facts.files), ...facts.links], directories: Object.keys(facts.directories) };
}
