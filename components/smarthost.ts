/** The login at a smarthost: it goes to the server that it was given for, whatever a site file says. */
import * as pulumi from "@pulumi/pulumi";

/** The stack's secret `postfleet:smarthost`. */
export interface SmarthostLogin {
  /** The server that it is for, as `relay.smarthost` names it: host and port. */
  server: string;
  user: string;
  password: string;
}

const HINT =
  "`pulumi config set --path --secret postfleet:smarthost.server smtp.example.net:587`, and likewise postfleet:smarthost.user and " +
  "postfleet:smarthost.password";

/** A server in one spelling: brackets may be left out around a name. */
const spelled = (server: string): string => server.toLowerCase().replace(/^\[([^\]:]+)\]/, "$1");

/**
 * The login as Postfix has it, `user:password`. Throws where it is incomplete, or is for another server than the site's: whoever may
 * propose a change of a site file must not learn the password by it.
 */
export function loginFor(smarthost: string, given: Partial<SmarthostLogin> | undefined): string {
  const { server = "", user = "", password = "" } = given ?? {};
  const lacking = Object.entries({ server, user, password })
    .filter(([, value]) => typeof value !== "string" || value === "")
    .map(([key]) => key);
  if (lacking.length > 0)
    throw new pulumi.RunError(
      `relay.smarthostLogin wants a login at ${smarthost}, and the stack's secret postfleet:smarthost has no ${lacking.join(", ")}\nhint: ${HINT}`,
    );
  if (spelled(server) !== spelled(smarthost))
    throw new pulumi.RunError(
      `the login of the stack's secret postfleet:smarthost is for ${server}, and is not given to ${smarthost}\nhint: ${HINT}`,
    );
  if (/[:\s]/.test(user) || /[\r\n\0]/.test(password))
    throw new pulumi.RunError(
      "the login of the stack's secret postfleet:smarthost cannot be written: the user has a colon or a blank, or the password a line break\n" +
        "hint: Postfix keeps it in one line, user:password",
    );
  return `${user}:${password}`;
}

/** The same from a stack's configuration. */
export const smarthostLogin = (
  smarthost: string,
  given: pulumi.Input<SmarthostLogin> | undefined,
): pulumi.Output<string> => pulumi.secret(pulumi.output(given).apply((login) => loginFor(smarthost, login)));
