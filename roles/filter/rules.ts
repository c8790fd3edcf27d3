/** Rules of our own, in Lua, the language of rspamd's own rules: /etc/rspamd/lua.local.d/postfleet-*.lua. */
import { rspamdEntry } from "../../quote/mail";
import { senderLogins } from "../shared/addresses";
import { owned } from "../shared/paths";
import { program } from "../shared/program";
import { CLAMAV_SOCKET, type FilterSettings, SENDERS_MAP } from "./args";

/** Sender address, then the accounts that own it; `@domain` is what nobody else owns there. */
export function sendersMap(s: FilterSettings): string {
  const lines = [...senderLogins(s)].map(([address, logins]) => rspamdEntry(address, logins.join(",")));
  return `${owned("filter")}# Sender address, then the accounts that own it.\n${lines.join("")}`;
}

/** The From header of an account's mail must belong to the account: it is what people see and what DKIM vouches for. */
export const senderRule = (s: FilterSettings) =>
  program("filter", "sender.lua", { values: { SENDERS_MAP, MOST_RECIPIENTS: String(s.rateLimit.burst) } });

/**
 * Scanning with ClamAV. rspamd's own module takes an answer it does not understand (clamd out of memory or disk) for
 * "clean"; here only "OK" is clean, and everything else is what `onScannerDown` says.
 */
export const virusRule = (s: FilterSettings) =>
  program("filter", "virus.lua", {
    values: { SOCKET: CLAMAV_SOCKET, ACCEPT_UNSCANNED: s.onScannerDown === "accept" },
  });
