/** The Pulumi program: the site of the selected stack. */
import { dirname, join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { Site } from "./components/site";
import { loadSite } from "./plan";
import { SiteFileError } from "./site";

const config = new pulumi.Config("postfleet");
const file = join(__dirname, "..", "stacks", `${pulumi.getStack()}.yaml`); // compiled into dist/

function read(): ReturnType<typeof loadSite> {
  try {
    return loadSite(file);
  } catch (error) {
    // A mistake in the site file is the person's to mend: its message, and no stack trace.
    throw error instanceof SiteFileError ? new pulumi.RunError(error.message) : error;
  }
}

const site = new Site("site", {
  site: read(),
  directory: dirname(file),
  sshPrivateKey: config.getSecret("sshPrivateKey"),
  ovh: config.getSecretObject("ovh"),
  powerdns: config.getSecretObject("powerdns"),
  smarthost: config.getSecretObject("smarthost"),
});

/** Passwords that were generated for mailboxes; `postfleet accounts password` shows one of them. */
export const accounts = site.passwords;
