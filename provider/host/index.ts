/**
 * The host side of the provider: SSH connections, and the agent that observes hosts and changes them in transactions.
 *
 * It knows manifests (../manifest.ts), and neither Pulumi nor mail.
 */
export { type CommandOutput, runOn } from "./command";
export { CONNECT_SECONDS, type SshIdentity } from "./connection";
export * from "./errors";
export { fingerprint, type HostKey, parseHostKey } from "./host-keys";
export { HostPool, type HostPoolOptions } from "./pool";
export { knownHashes, sha256 } from "./requests";
export * from "./types";
