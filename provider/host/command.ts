/** One command of ours on a host, over SSH and as root: what it printed and how it ended. */
import type { Client } from "ssh2";
import { shellWord } from "../../quote/programs";
import type { HostConnection } from "../manifest";
import { connect, type SshIdentity, whenGone } from "./connection";
import { AgentFailed } from "./errors";

/** What a command said. */
export interface CommandOutput {
  status: number;
  stdout: string;
  stderr: string;
}

/** Most that is kept of what a command prints, in characters, and seconds that it may take. */
const LIMITS = { length: 8 << 20, seconds: 30 };

/**
 * Runs a command, and ends the connection.
 * @param argv words; none of them a secret, since others on the host see them
 * @throws HostUnreachable, HostKeyMismatch, AuthenticationFailed; AgentFailed where it ends by a signal, in no time or says too much
 */
export async function runOn(
  host: HostConnection,
  identity: SshIdentity,
  argv: readonly string[],
  limits = LIMITS,
): Promise<CommandOutput> {
  const opened: Client[] = [];
  const open = async (to: HostConnection, deadline?: number): Promise<Client> => {
    const client = await connect(to, identity, open, deadline);
    opened.push(client);
    return client;
  };
  try {
    const command = argv.map(shellWord).join(" ");
    return await output(await open(host), host, host.user === "root" ? command : `sudo -n ${command}`, limits);
  } finally {
    for (const client of opened.reverse()) client.end();
  }
}

function output(client: Client, host: HostConnection, command: string, limits: typeof LIMITS): Promise<CommandOutput> {
  return new Promise((resolve, reject) => {
    const fail = (what: string) => {
      clearTimeout(timer);
      reject(new AgentFailed(host.name, `the command ${command}: ${what}`, "try it on the host itself"));
    };
    const timer = setTimeout(() => fail(`it did not end within ${limits.seconds} s`), limits.seconds * 1000);
    whenGone(client, () => fail("the SSH connection was lost"));
    client.exec(command, (error, channel) => {
      if (error) return fail(error.message);
      const said = { stdout: "", stderr: "" };
      const keep = (name: keyof typeof said) => (text: string) => {
        said[name] += text;
        if (said[name].length > limits.length) fail(`it printed more than ${limits.length} characters`);
      };
      channel.setEncoding("utf8").on("data", keep("stdout"));
      channel.stderr.setEncoding("utf8").on("data", keep("stderr"));
      let status: number | null = null;
      channel.on("exit", (code: number | null) => {
        status = code;
      });
      channel.on("close", () => {
        clearTimeout(timer);
        if (status === null) fail("it was ended by a signal");
        else resolve({ status, ...said });
      });
    });
  });
}
