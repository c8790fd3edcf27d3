/** Random strings by the vendor's rules: classes of characters, and a least number of each. */
import { randomInt } from "node:crypto";

/** The inputs of RandomPassword and RandomString that decide what comes out. */
export interface StringRules {
  length: number;
  lower: boolean;
  upper: boolean;
  numeric: boolean;
  special: boolean;
  minLower: number;
  minUpper: number;
  minNumeric: number;
  minSpecial: number;
  overrideSpecial?: string;
}

/** The vendor's set of special characters. */
const SPECIAL = "!@#$%&*()-_=+[]{}<>:?";

function classes(rules: StringRules): { characters: string; least: number; used: boolean }[] {
  return [
    { characters: "abcdefghijklmnopqrstuvwxyz", least: rules.minLower, used: rules.lower },
    { characters: "ABCDEFGHIJKLMNOPQRSTUVWXYZ", least: rules.minUpper, used: rules.upper },
    { characters: "0123456789", least: rules.minNumeric, used: rules.numeric },
    { characters: rules.overrideSpecial || SPECIAL, least: rules.minSpecial, used: rules.special },
  ];
}

function pick(characters: string, count: number): string[] {
  return Array.from({ length: count }, () => characters[randomInt(characters.length)] ?? "");
}

/** Why these rules cannot be met, or undefined. */
export function impossible(rules: StringRules): string | undefined {
  const least = rules.minLower + rules.minUpper + rules.minNumeric + rules.minSpecial;
  if (!Number.isInteger(rules.length) || rules.length < 1)
    return `length must be a whole number from 1, got ${rules.length}`;
  if (least > rules.length) return `length (${rules.length}) is less than the sum of the min… properties (${least})`;
  if (!classes(rules).some((each) => each.used))
    return "no class of characters is allowed: lower, upper, numeric, special";
  return undefined;
}

/** A random string. */
export function randomString(rules: StringRules): string {
  const all = classes(rules);
  const characters = all.flatMap((each) => pick(each.characters, each.least));
  const alphabet = all.map((each) => (each.used ? each.characters : "")).join("");
  characters.push(...pick(alphabet, rules.length - characters.length));
  // Fisher and Yates: otherwise the required characters would stand at the beginning.
  for (let i = characters.length - 1; i > 0; i--) {
    const j = randomInt(i + 1);
    [characters[i], characters[j]] = [characters[j] ?? "", characters[i] ?? ""];
  }
  return characters.join("");
}
