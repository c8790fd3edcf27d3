/** Addresses and networks. */
import { isIPv4, isIPv6 } from "node:net";
import { Refusal, type Schema, text } from "./kinds";

/** The widest networks that may be written: whoever allows more allows everybody. */
const WIDEST = { 4: 8, 6: 16 } as const;

/** An address or a network of either kind; IPv6 in its shortest form. */
export const network: Schema<string> = text({
  allowed: "an IPv4 or IPv6 address or network, e.g. 198.51.100.0/24",
  json: { pattern: "^[0-9A-Fa-f.:]+(/[0-9]{1,3})?$" },
  parse(given) {
    const [, address = "", bits] = /^([^/%]*)(?:\/(\d{1,3}))?$/.exec(given) ?? [];
    const version = isIPv4(address) ? 4 : isIPv6(address) ? 6 : undefined;
    if (version === undefined)
      return new Refusal("this is no address or network", "write numbers, not a name: 198.51.100.7, 2001:db8:7::/48");
    const groups = version === 4 ? address.split(".").map(Number) : wordsOf(address);
    const written = version === 4 ? groups.join(".") : shortest(groups);
    if (bits === undefined) return written;
    const [length, size] = [Number(bits), version === 4 ? 8 : 16];
    const most = groups.length * size;
    if (length > most) return new Refusal("the prefix is too long", `write at most /${most}`);
    if (length < WIDEST[version])
      return new Refusal("the network is too wide: nearly everybody is in it", `write /${WIDEST[version]} or longer`);
    const first = groups.map((group, at) => {
      const fixed = Math.min(Math.max(length - at * size, 0), size);
      return group - (group % 2 ** (size - fixed));
    });
    const whole = `${version === 4 ? first.join(".") : shortest(first)}/${length}`;
    if (first.some((group, at) => group !== groups[at]))
      return new Refusal("the address is inside the network, not its first", `write ${whole} or ${written}`);
    return length === most ? written : whole;
  },
});

const shortest = (words: readonly number[]): string =>
  new URL(`http://[${words.map((word) => word.toString(16)).join(":")}]/`).hostname.slice(1, -1);

/** The eight words of an IPv6 address. */
function wordsOf(address: string): number[] {
  const short = new URL(`http://[${address}]/`).hostname.slice(1, -1);
  const [head = "", tail] = short.split("::");
  const words = (part: string) => (part === "" ? [] : part.split(":").map((word) => Number.parseInt(word, 16)));
  if (tail === undefined) return words(head);
  const [front, back] = [words(head), words(tail)];
  return [...front, ...new Array<number>(8 - front.length - back.length).fill(0), ...back];
}
