/** The script that gives a server at its installation the host key that we made. */
import { readFileSync } from "node:fs";
import { shellQuote } from "../../../quote/programs";
import { sourcePath } from "../../sources";

const PROGRAM = "provider/ovh/servers/programs/host-key.sh";

/**
 * The script with its data: `"@NAME@"` becomes a word of the shell that means nothing but itself, as in the programs of roles.
 * @throws where the program has a placeholder that is none of these
 */
export function hostKeyScript(privateKeyPem: string, publicKey: string): string {
  const values: Record<string, string> = { PRIVATE_KEY: privateKeyPem.trimEnd(), PUBLIC_KEY: publicKey };
  return readFileSync(sourcePath(PROGRAM), "utf8").replace(/"@([A-Z_]+)@"/g, (place, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`${PROGRAM}: ${place} has no value`);
    return shellQuote(value);
  });
}
