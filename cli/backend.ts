/** Where Pulumi keeps states, as Pulumi itself finds it: by the environment, else by the last login. */
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { readJson } from "../system/files";

const CLOUD = "https://api.pulumi.com";

/** Pulumi's own folder: logins, plugins, what was selected. */
export const pulumiHome = (env: NodeJS.ProcessEnv): string => env.PULUMI_HOME || join(homedir(), ".pulumi");

/**
 * The backend's address.
 * @example "file://~", "s3://bucket", "https://api.pulumi.com"
 */
export function backendOf(env: NodeJS.ProcessEnv): string {
  const logins = join(env.PULUMI_CREDENTIALS_PATH || pulumiHome(env), "credentials.json");
  return env.PULUMI_BACKEND_URL || readJson<{ current?: string }>(logins)?.current || CLOUD;
}

/** The folder of a backend of files; undefined for every other. `cwd` is where `pulumi` runs. */
export function backendFolder(backend: string, cwd: string): string | undefined {
  const path = /^file:\/\/([^?]*)/.exec(backend)?.[1];
  if (path === undefined) return undefined;
  return resolve(cwd, path.replace(/^~(?=\/|$)/, homedir()));
}
