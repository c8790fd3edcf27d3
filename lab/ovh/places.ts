/** Files of the fake API in the lab's state. */
import { statePath } from "../state";

const at = (name: string) => (): string => statePath("ovh", name);

export const ovhFiles = {
  /** Certificate, state and everything below; removed by `lab down --ovh`. */
  directory: at(""),
  /** Mode 0600: applicationKey, applicationSecret, consumerKey. */
  credentials: at("credentials.json"),
  /** Mode 0600, for sh(1): the variables by which clients find the API, its keys and its CA. */
  environment: at("environment"),
  ca: at("ca.pem"),
  control: at("control.sock"),
  process: at("process.json"),
  console: at("console.log"),
} as const;
