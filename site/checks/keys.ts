/** Rules about the rotation of keys. */
import type { Check } from "./checked";

const retention: Check = {
  rule: "`keys.dkim.retention` is longer than `relay.queueLifetime` (a warning).",
  run({ site, problems }) {
    const { retention: seconds } = site.keys.dkim;
    const queued = site.relay.queueLifetime * 3600;
    if (seconds > queued) return;
    problems.add(["keys", "dkim", "retention"], {
      message: "mail may wait longer in our own queue than the key that signed it stays published",
      given: `${seconds}s, and relay.queueLifetime ${queued}s`,
      allowed: "longer than relay.queueLifetime; the default is 14d",
      hint: `write retention: ${Math.ceil(queued / 86400) + 1}d or more`,
      severity: "warning",
    });
  },
};

export const KEY_CHECKS: readonly Check[] = [retention];
