/** Debian packages that the tests want of this machine, beside those of the lab. */

import { ensurePackages } from "../lab/requirements";
import type { Progress } from "../system/progress";

const PROGRAMS = {
  python3: "python3", // the host agent's tests
  openssl: "openssl", // keys and certificates, by another's eyes
  curl: "curl",
  shellcheck: "shellcheck", // what hosts receive
  chromium: "chromium", // the webmail, as a person sees it
};

/** Installs what is missing. */
export const ensureTestPackages = (progress: Progress): Promise<void> => ensurePackages(progress, PROGRAMS);
