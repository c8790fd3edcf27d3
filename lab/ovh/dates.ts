/** Now, as the API writes dates. */
export const isoNow = (): string => new Date().toISOString().replace(/\.\d+Z$/, "+00:00");
