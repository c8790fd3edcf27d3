/** With whose key a command reaches the hosts of a stack. */
import { cacheDirectory, LAB_STATE, PROJECT_ROOT } from "./paths";
import { surroundingsOf } from "./surroundings";

/** The key in POSTFLEET_SSH_KEY_FILE, the lab's own for its stacks, or an ssh-agent. */
export function sshIdentity(stack: string): { privateKeyFile: string | undefined; agentSocket: string | undefined } {
  const places = { root: PROJECT_ROOT, labState: LAB_STATE, cache: cacheDirectory() };
  const env: NodeJS.ProcessEnv = { ...process.env, ...surroundingsOf(stack).variables(process.env, places) };
  return { privateKeyFile: env.POSTFLEET_SSH_KEY_FILE, agentSocket: env.SSH_AUTH_SOCK };
}
