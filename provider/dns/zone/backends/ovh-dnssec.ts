/** DNSSEC of a zone at OVH: four states, of which two are on their way. */
import { type OvhApi, OvhError, path } from "../../../ovh/api";
import type { Polling } from "../../../polling";
import { ZoneError } from "../model";
import type { BackendDnssec, DnssecStatus } from "./backend";
import { refuseMissingRights } from "./ovh-rights";

export class OvhDnssec implements BackendDnssec {
  private readonly at: string;

  constructor(
    private readonly api: OvhApi,
    private readonly zone: string,
    private readonly polling: Polling,
  ) {
    this.at = path`/domain/zone/${zone}/dnssec`;
  }

  async status(): Promise<DnssecStatus> {
    try {
      return (await this.api.get<{ status: DnssecStatus }>(this.at)).status;
    } catch (error) {
      if (error instanceof OvhError && error.status === 403) await refuseMissingRights(this.api, this.zone, true);
      throw error;
    }
  }

  /** Asks for it once at most; what is on its way, either way, is waited for first. */
  async enable(progress: (message: string) => void): Promise<DnssecStatus> {
    const end = Date.now() + this.polling.limitMs;
    let asked = false;
    for (;;) {
      let status = await this.status();
      if (status === "disabled" && !asked) {
        status = await this.ask();
        asked = true;
      }
      if (status === "enabled" || Date.now() + this.polling.everyMs > end) return status;
      progress(`${this.zone}: waiting for OVH to switch DNSSEC on: ${status}`);
      await new Promise((done) => setTimeout(done, this.polling.everyMs));
    }
  }

  private async ask(): Promise<DnssecStatus> {
    try {
      await this.api.post(this.at);
    } catch (error) {
      if (!(error instanceof OvhError)) throw error;
      // The answer may have been lost, or another client was quicker: what counts is what OVH does now.
      const status = await this.status();
      if (status === "disabled" || status === "disableInProgress") throw notEnabled(this.zone, error);
    }
    return this.status();
  }
}

function notEnabled(zone: string, error: OvhError): ZoneError {
  return new ZoneError(
    `${zone}: the records are published, and OVH refused to switch DNSSEC on: ${error.message}`,
    error.hint ?? "look at the zone in OVH's control panel, or set dns.dnssec to false in the site file",
  );
}
