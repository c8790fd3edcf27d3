/** What surrounds a stack: hosts, names, credentials and plugins that are there before it, and what follows a deployment. */
import type { Places, Variables } from "../variables";

/** Where names and certificates of a closed network come from. */
export interface Network {
  /** IPv4 address of the resolver to ask for names. */
  resolver: string;
  /** Certificates (PEM) that servers' certificates come from. */
  ca: string[];
}

/** The surroundings of one stack. */
export interface Surroundings {
  /** Everything of the stack is in this checkout and on this machine: it is made when missing, and changed without a question. */
  disposable: boolean;
  /** Variables for `pulumi`, besides those that every stack has. */
  variables(env: NodeJS.ProcessEnv, places: Places): Variables;
  /** Makes ready what `pulumi` needs in this environment, besides the engine. */
  prepare(env: NodeJS.ProcessEnv): Promise<void>;
  /** The network that the stack's hosts are in; undefined for the Internet. */
  network(): Promise<Network | undefined>;
  /** Before `pulumi up`: what the stack stands on. */
  beforeUp(): Promise<void>;
  /** After it: the proof that it does what it is for. `outputs` reads the stack's, secrets in clear. */
  afterUp(outputs: () => Promise<Record<string, unknown>>): Promise<void>;
}
