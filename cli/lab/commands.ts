/** What the commands `postfleet lab …` and `postfleet hello` do. */
import { tearDown, tearDownOvh } from "../../lab/down";
import { hostNamed } from "../../lab/plan";
import { session } from "../../lab/ssh";
import { locked } from "../../lab/state";
import { isHealthy, status, statusTable } from "../../lab/status";
import { reset, up } from "../../lab/up";
import { consoleProgress } from "../../system/progress";
import { PROJECT_ROOT } from "../paths";

export { proveMail } from "./deploy";

export const labUp = (options: { ovh?: boolean }): Promise<void> =>
  locked(() => up(PROJECT_ROOT, consoleProgress(), { ovh: options.ovh === true }));

export const labDown = (options: { purge?: boolean; ovh?: boolean }): Promise<void> =>
  locked(() => (options.ovh ? tearDownOvh() : tearDown({ purge: options.purge === true })));

/** Prints the status; the exit status is 0 only when all of the lab answers. */
export async function labStatus(options: { json?: boolean }): Promise<void> {
  const found = await status();
  process.stdout.write(options.json ? `${JSON.stringify(found, null, 2)}\n` : statusTable(found));
  process.exitCode = isHealthy(found) ? 0 : 1;
}

export const labReset = (names: string[]): Promise<void> => locked(() => reset(names, PROJECT_ROOT, consoleProgress()));

/** The exit status is that of the command, or of the shell. */
export async function labSsh(name: string, command: string[]): Promise<void> {
  process.exitCode = await session(hostNamed(name), command);
}
