/**
 * Accounts from the site file: a password for every mailbox that brings none, and the file that the mailstore reads.
 *
 * A password is generated once and lives encrypted in the Pulumi state: `postfleet accounts password` shows one.
 */
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { passwdFile, type UserEntry } from "../roles/mailstore/passwd-file";
import type { MailboxSpec } from "../site/types";

export { passwdFile, type UserEntry } from "../roles/mailstore/passwd-file";

/** Arguments of {@link Accounts}. */
export interface AccountsArgs {
  /**
   * The mailboxes of the site; one without `passwordHash` is given a password.
   * @example [{ address: "alice@example.org", name: "Alice", quota: 1073741824, sendAs: [] }]
   */
  mailboxes: MailboxSpec[];
  /**
   * Length of generated passwords in characters (letters and digits, 5.9 bits each). bcrypt reads at most 72.
   * @default 24
   * @example 32
   */
  passwordLength?: number;
}

/** The accounts of a site. */
export class Accounts extends pulumi.ComponentResource {
  /** Content of the mailstore's passwd-file. Secret. */
  public readonly users: pulumi.Output<string>;
  /** Generated passwords: address -> password. Secret. */
  public readonly passwords: pulumi.Output<Record<string, string>>;

  constructor(name: string, args: AccountsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("postfleet:mail:Accounts", name, {}, opts);
    const generated: Record<string, pulumi.Output<string>> = {};
    const entries = args.mailboxes.map((mailbox): pulumi.Output<UserEntry> => {
      const { address, quota } = mailbox;
      const suspended = mailbox.suspended !== undefined;
      if (mailbox.passwordHash !== undefined) {
        return pulumi.output({ address, quota, suspended, passwordHash: mailbox.passwordHash });
      }
      // Letters and digits only: it is typed on telephones and pasted into shells.
      const password = new random.RandomPassword(
        `${name}-${address}`,
        { length: args.passwordLength ?? 24, special: false },
        { parent: this, additionalSecretOutputs: ["result", "bcryptHash"] },
      );
      generated[address] = password.result;
      // bcryptHash is made once with the password; hashing here would give another salt, and a diff, at every run.
      return pulumi.output({
        address,
        quota,
        suspended,
        passwordHash: pulumi.interpolate`{BLF-CRYPT}${password.bcryptHash}`,
      });
    });
    this.users = pulumi.secret(pulumi.all(entries).apply(passwdFile));
    this.passwords = pulumi.secret(pulumi.output(generated));
    this.registerOutputs({ users: this.users, passwords: this.passwords });
  }
}
