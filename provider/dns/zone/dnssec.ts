/** DNSSEC of a zone at whoever signs it: switched on where the program says so, and never off. */
import type { Changes, Reporter } from "../../handler";
import type { DnssecStatus, ZoneBackend } from "./backends/backend";
import type { ZoneInputs } from "./contract";

/**
 * The change of the setting. Leaving it out is none: the zone stays as it is. `before` is what the last read saw, so that
 * signing which somebody switched off is drift.
 */
export function diffDnssec(before: Pick<ZoneInputs, "dnssec">, after: Pick<ZoneInputs, "dnssec">): Changes {
  if (!after.dnssec || before.dnssec === true) return {};
  return { dnssec: before.dnssec === undefined ? "add" : "update" };
}

/** The change in words. `declared`: an earlier run switched it on, so that whatever is not on is somebody's doing. */
export function explainDnssec(status: DnssecStatus | undefined, declared: boolean): string[] {
  const byHand = declared ? "  (changed by somebody, not by Postfleet)" : "";
  switch (status) {
    case undefined:
      return [];
    case "enabled":
      return declared ? [] : ["= DNSSEC: enabled already"];
    case "enableInProgress":
      return ["~ DNSSEC: being enabled already, to be waited for"];
    case "disabled":
      return [`~ DNSSEC: disabled -> enabled${byHand}`];
    case "disableInProgress":
      return [`~ DNSSEC: being disabled -> enabled${byHand}`];
  }
}

/** The status, asked only where the program cares. */
export async function dnssecOf(
  backend: ZoneBackend,
  { dnssec }: Pick<ZoneInputs, "dnssec">,
): Promise<DnssecStatus | undefined> {
  return dnssec === undefined ? undefined : backend.dnssec?.status();
}

/**
 * Switches it on, after the records: what is signed is then what is wanted. Where that takes longer than anybody waits,
 * the run goes on, since unsigned TLSA records do no harm (RFC 7672 section 2.1.1); the next preview shows it.
 */
export async function ensureDnssec(
  backend: ZoneBackend,
  { zone, dnssec }: ZoneInputs,
  report: Reporter,
): Promise<void> {
  if (!dnssec || !backend.dnssec) return;
  const status = await backend.dnssec.enable((message) => report.progress(message));
  if (status === "enabled") return;
  report.warn(
    `${zone}: ${backend.title} has been told to switch DNSSEC on, and says "${status}" still; until it is on, nobody may believe ` +
      "the zone's TLSA records\nhint: this can take hours; the next update waits for it again",
  );
}
