/** The part of the vendor's client (npm `ovh` 2.0.3, which brings no types) that `exchange.ts` uses. */
declare module "ovh" {
  function ovh(options: VendorOptions): VendorClient;
  interface VendorOptions {
    appKey: string;
    appSecret: string;
    consumerKey: string;
    /** A name of the vendor's list; it overwrites `host`. */
    endpoint?: string;
    host?: string;
    port?: number;
    /** Default: "/1.0". */
    basePath?: string;
    /** Told every call, and every answer that was JSON, with bodies. */
    debug?: (...texts: string[]) => void;
  }
  interface VendorClient {
    /** Seconds that OVH's clock is ahead; null: asked for before the first call. */
    apiTimeDiff: number | null;
    /** Rejects with `{error, message}`: a status, a negative errno, a text or an Error. Changes `params`. */
    requestPromised(method: string, path: string, params: object): PromiseLike<unknown>;
  }
  export = ovh;
}
