/**
 * What the lab's stacks have of their own: state and passphrase below `.lab/` of this checkout, plugins in the cache, the lab's
 * SSH key and resolver; no account anywhere. What the operator has set in the environment wins.
 */
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { operatorKey } from "../../lab/keys";
import type { Credentials } from "../../lab/ovh/auth";
import { ovhFiles } from "../../lab/ovh/places";
import { RESOLVER } from "../../lab/plan";
import { readJson } from "../../system/files";
import { labPulumiHome } from "../paths";
import { OVH_LAB_STACK } from "../stack-names";
import { hasPassphrase, type Places, type Variables } from "../variables";

/** The variables of a stack of the lab. Creates its directories and passphrase when they do not exist yet. */
export function labVariables(stack: string, env: NodeJS.ProcessEnv, { cache, labState }: Places): Variables {
  const home = env.PULUMI_HOME ?? labPulumiHome(cache);
  mkdirSync(home, { recursive: true, mode: 0o700 });
  if (!env.PULUMI_HOME) keepNoDiary(home);
  if (!env.PULUMI_BACKEND_URL) mkdirSync(join(labState, "state"), { recursive: true, mode: 0o700 });
  return {
    PULUMI_HOME: home,
    PULUMI_BACKEND_URL: env.PULUMI_BACKEND_URL ?? `file://${join(labState, "state")}`,
    // The provider logs in with the lab's own key.
    POSTFLEET_SSH_KEY_FILE: env.POSTFLEET_SSH_KEY_FILE ?? operatorKey(),
    // The lab is an Internet of its own: the ACME directory's name is known to its resolver only.
    POSTFLEET_RESOLVER: env.POSTFLEET_RESOLVER ?? RESOLVER.ipv4,
    ...(hasPassphrase(env) ? {} : { PULUMI_CONFIG_PASSPHRASE_FILE: passphraseFile(labState) }),
    ...(stack === OVH_LAB_STACK ? ovhCredentials() : {}),
  };
}

/** Who asks the API of the lab's OVH; nothing where it has never been up. */
function ovhCredentials(): Variables {
  const keys = readJson<Credentials>(ovhFiles.credentials());
  if (!keys) return {};
  return {
    OVH_APPLICATION_KEY: keys.applicationKey,
    OVH_APPLICATION_SECRET: keys.applicationSecret,
    OVH_CONSUMER_KEY: keys.consumerKey,
  };
}

/**
 * The engine keeps a diary of every value in every call: half a gigabyte, and a tenth of a preview's time. In the lab there
 * is a file where its directory would be, so it goes without. `pulumi -v 9 --logtostderr` shows the same when it is needed.
 */
function keepNoDiary(pulumiHome: string): void {
  const diary = join(pulumiHome, "logs");
  if (existsSync(diary) && statSync(diary).isFile()) return;
  rmSync(diary, { recursive: true, force: true });
  writeFileSync(diary, "The lab keeps no diaries of the engine: see cli/lab/environment.ts.\n");
}

/** The lab's passphrase: made once, readable by its owner alone. */
function passphraseFile(labState: string): string {
  const file = join(labState, "passphrase");
  mkdirSync(labState, { recursive: true, mode: 0o700 });
  if (!existsSync(file)) writeFileSync(file, `${randomBytes(24).toString("base64url")}\n`, { mode: 0o600, flag: "wx" });
  return file;
}
