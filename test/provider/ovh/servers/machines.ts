/** Servers and VPS of the fake account, that show a host key once they were installed. */
import type { MemoryWorld } from "../../../../lab/ovh/memory-world";
import { NotReady } from "../../../../provider/handler";
import { sshHostKey } from "../../../../provider/keys/ssh-host-key";
import type { Parts, Times } from "../../../../provider/ovh/servers/parts";
import type { ValueMap } from "../../../../provider/values";
import { Engine as Common, fakeAccount } from "../ip/fake-account";

export const SOON: Times = {
  install: { everyMs: 10, limitMs: 2000 },
  answer: { everyMs: 5, limitMs: 150 },
  small: { everyMs: 5, limitMs: 2000 },
  newMs: 50,
};
export const TODAY = new Date().toISOString().slice(0, 10);
/** This minute, which is later than today's date. */
export const NOW = new Date().toISOString().slice(0, 16);
export const daysAgo = (days: number): string => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);

export const HOST_KEY = sshHostKey("mail1");
export const OTHER_KEY = sshHostKey("other");
export const OPERATOR = sshHostKey("operator").publicKey;

/** The key that a server has when its script ran. */
function keyOf(world: MemoryWorld, service: string): string | undefined {
  const script = world.installed.get(service)?.postInstallationScript ?? "";
  return /echo '(ssh-ed25519 \S+)'/.exec(script)?.[1];
}

export async function machines(times: Partial<Times> = {}) {
  const account = await fakeAccount({
    servers: { "ns1.example": { ip: "198.51.100.1" }, "ns2.example": { ip: "198.51.100.2", backupStorage: true } },
    vps: { "vps-1.example": { ip: "198.51.100.9" } },
    vracks: ["pn-1", "pn-2"],
    additionalIps: { "192.0.2.8/29": undefined },
  });
  /** Overrules what a machine shows. */
  const shown: { key?: string | undefined; asked: number } = { asked: 0 };
  const parts: Parts = {
    api: account.api,
    times: { ...SOON, ...times },
    shownKey: async (address) => {
      shown.asked++;
      if (shown.key) return shown.key;
      if (address === "198.51.100.9")
        return account.world.installed.has("vps-1.example") ? OTHER_KEY.publicKey : undefined;
      return keyOf(account.world, address === "198.51.100.1" ? "ns1.example" : "ns2.example");
    },
  };
  const wipes = () =>
    account.fake.log.filter(({ method, path }) => method === "POST" && /re(install|build)$/.test(path));
  return { ...account, parts, shown, wipes };
}

/** As the engine does it: a thing that is not ready stays in the state, and the state takes the program's inputs. */
export class Engine extends Common {
  override async up(news: ValueMap) {
    try {
      const state = await super.up(news);
      this.state = { ...state, inputs: news };
      return this.state;
    } catch (error) {
      if (error instanceof NotReady) this.state = { id: error.id, inputs: news, outputs: error.outputs };
      throw error;
    }
  }

  /** What was said since the last time. */
  said(): string {
    return this.report.lines.splice(0).join("\n");
  }
}
