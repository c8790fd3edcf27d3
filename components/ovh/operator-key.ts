/** The operator's public SSH key, which a host that we install gets. */
import { existsSync, readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";

/**
 * The public half of the key that the provider logs in with: from the stack's secret, else from `POSTFLEET_SSH_KEY_FILE`.
 * Undefined where an SSH agent has it, which is not asked here.
 */
export function operatorKey(
  privateKey: pulumi.Input<string> | undefined,
  file = process.env.POSTFLEET_SSH_KEY_FILE,
): pulumi.Output<string> | undefined {
  if (privateKey !== undefined) return pulumi.unsecret(pulumi.output(privateKey).apply(publicLine));
  if (!file) return undefined;
  const beside = `${file}.pub`;
  return pulumi.output(
    existsSync(beside) ? readFileSync(beside, "utf8").trim() : publicLine(readFileSync(file, "utf8")),
  );
}

async function publicLine(privateKey: string): Promise<string> {
  // Loaded here, since few programs install hosts and every preview would wait for it.
  const { default: ssh2 } = await import("ssh2");
  const key = ssh2.utils.parseKey(privateKey);
  if (key instanceof Error) throw new pulumi.RunError(`the operator's SSH key cannot be read: ${key.message}`);
  return `${key.type} ${key.getPublicSSH().toString("base64")}`;
}
