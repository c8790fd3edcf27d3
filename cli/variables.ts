/** Variables for `pulumi`, and what they are made from. */

/** Variables to set for `pulumi`, on top of the ones already there. */
export type Variables = Record<string, string>;

/** Places that tests may move. */
export interface Places {
  root: string;
  labState: string;
  cache: string;
}

/** Whether the operator has given a passphrase, in either of Pulumi's ways. */
export function hasPassphrase(env: NodeJS.ProcessEnv): boolean {
  return env.PULUMI_CONFIG_PASSPHRASE !== undefined || Boolean(env.PULUMI_CONFIG_PASSPHRASE_FILE);
}
