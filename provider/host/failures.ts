/** The errors of an agent's process, in words: what it did instead of answering, and what to do about it. */
import { visible } from "../../system/visible";
import type { HostConnection } from "../manifest";
import { AgentDied, AgentFailed, AgentGarbled, AgentSilent } from "./errors";
import { quoted } from "./wire";

const DEFECT = "this is a defect of Postfleet: report it with this message";

/** How a process ended: exit code, or the signal that ended it; undefined when the host does not tell. */
export type Exit = { code: number | null; signal?: string } | undefined;

/** The login of whoever runs the agent, as a place to look at. */
const login = (host: HostConnection) =>
  `see what a login of ${host.user} runs on the host (.bashrc, /etc/bash.bashrc, sshd's ForceCommand)`;

const after = (banner: string) => (banner === "" ? "" : `; the host said: ${quoted(banner)}`);

/** It did not begin in time. */
export function early(host: HostConnection, seconds: number, banner: string): AgentSilent {
  return new AgentSilent(
    host.name,
    `the agent did not start within ${seconds} s${after(banner)}`,
    `${login(host)}: something there waits, or reads what is meant for the agent; or the host is overloaded`,
  );
}

/** It does not answer. */
export function silent(host: HostConnection, problem: string): AgentSilent {
  return new AgentSilent(
    host.name,
    `the agent does not answer: ${problem}`,
    "the host is reached, and something on it hangs: look at its load, its disks and network file systems (dmesg, ps), then run the command again",
  );
}

/** It says something else than answers. */
export function garbled(host: HostConnection, problem: string): AgentGarbled {
  return new AgentGarbled(
    host.name,
    `what it said is not of the agent: ${problem}`,
    `${login(host)}: what is printed before the agent starts is no matter, what is printed later must go elsewhere`,
  );
}

/** It ended though nobody asked it to. sudo and a missing python3 say so on stderr. */
export function ended(host: HostConnection, exit: Exit, started: boolean, stderr: string, banner: string): AgentFailed {
  const said = visible(stderr.trim());
  if (exit?.code) {
    const hint = /sudo:/.test(said)
      ? `let user ${host.user} run \`sudo -n python3\` without a password, or log in as root`
      : /not found|No such file/.test(said)
        ? "install Debian's python3-minimal on the host"
        : started
          ? DEFECT
          : login(host);
    return new AgentFailed(host.name, `the agent ended with exit code ${exit.code}: ${said}${after(banner)}`, hint);
  }
  if (!started)
    return new AgentFailed(
      host.name,
      `the agent did not start: the shell ended before it${said && `: ${said}`}${after(banner)}`,
      `${login(host)}: something there ends the shell`,
    );
  const how = exit?.signal ? `was ended by signal ${visible(exit.signal)}` : "ended";
  return new AgentDied(
    host.name,
    `the agent ${how} before its answer${said && `: ${said}`}`,
    "was the host short of memory, or somebody shutting it down (journalctl -n 50)? Then run the command again",
  );
}
