/** Kinds of values without a meaning of their own: numbers, times, sizes, choices. */
import { didYouMean } from "../suggest";
import { Refusal, type Schema, scalar, text } from "./kinds";

/** `true` or `false`. YAML 1.2 takes `yes` and `on` for text. */
export const flag: Schema<boolean> = scalar({
  allowed: "true or false",
  json: { type: "boolean" },
  parse(value, written) {
    if (typeof value === "boolean") return value;
    const meant = /^(yes|on|1|oui|y)$/i.test(written)
      ? "true"
      : /^(no|off|0|non|n)$/i.test(written)
        ? "false"
        : undefined;
    return new Refusal("true or false is expected here", `write ${meant ?? "true or false"}, without quotes`);
  },
});

/** A number from `min` to `max`. */
export function number(min: number, max: number, options: { whole?: boolean } = {}): Schema<number> {
  const whole = options.whole ?? true;
  const allowed = `a ${whole ? "whole " : ""}number from ${min} to ${max}`;
  return scalar({
    allowed,
    json: { type: whole ? "integer" : "number", minimum: min, maximum: max },
    parse(value, written) {
      if (typeof value !== "number" || Number.isNaN(value)) {
        const quoted = /^\d+$/.test(written) ? `write ${written} without quotes` : `write ${allowed}`;
        return new Refusal("a number is expected here", quoted);
      }
      if (whole && !Number.isInteger(value))
        return new Refusal("a whole number is expected here", `write ${Math.round(value)}`);
      // For YAML 1.2 0o17 and 0x11 are numbers and 017 is seventeen; in other places it is fifteen.
      if (!/^-?(0|[1-9]\d*)(\.\d+)?$/.test(written))
        return new Refusal(`"${written}" can be read in several ways`, `write ${value}`);
      if (value < min || value > max) return new Refusal("the number is out of range", `write ${allowed}`);
      return value;
    },
  });
}

/** One of a few words. `later`: words that are planned and refused for now, with what to do instead. */
export function choice<const W extends string>(words: readonly W[], later: Record<string, string> = {}): Schema<W> {
  const allowed = words.join(", ");
  return scalar({
    allowed: words.length === 1 ? `only ${allowed}` : `one of ${allowed}`,
    json: { enum: words },
    parse(_, written) {
      const word = words.find((candidate) => candidate === written);
      if (word !== undefined) return word;
      const planned = Object.hasOwn(later, written) ? later[written] : undefined;
      if (planned !== undefined) return new Refusal(`"${written}" is not supported yet`, planned);
      return new Refusal(`"${written}" is not known here`, didYouMean(written, words, `write ${allowed}`));
    },
  });
}

const SECONDS = { s: 1, m: 60, h: 3600, d: 86400, w: 604800 } as const;
export type TimeUnit = keyof typeof SECONDS;
const UNIT_NAMES: Record<TimeUnit, string> = { s: "seconds", m: "minutes", h: "hours", d: "days", w: "weeks" };

/**
 * A duration such as `90s`, `30m`, `1h30m`, `12h`, `5d`, `2w`, read into `unit`. A number without a unit is refused, since
 * one cannot see what it counts, except where the field always had one by custom (`bare`).
 */
export function duration(unit: TimeUnit, min: string, max: string, options: { bare?: TimeUnit } = {}): Schema<number> {
  const allowed = `a duration from ${min} to ${max}${options.bare ? `, or a number of ${UNIT_NAMES[options.bare]}` : ""}`;
  const pattern = "^([0-9]+[smhdw])+$";
  const form = { type: "string", pattern };
  const seconds = (written: string) =>
    [...written.matchAll(/(\d+)([smhdw])/g)].reduce((sum, [, n, u]) => sum + Number(n) * SECONDS[u as TimeUnit], 0);
  return scalar({
    allowed,
    json: options.bare ? { anyOf: [form, { type: "integer", minimum: 0 }] } : form,
    parse(value, written) {
      const digits = /^\d+$/.test(written);
      if (digits && !options.bare) {
        return new Refusal(
          "a duration needs its unit",
          `write ${written}${unit} for ${UNIT_NAMES[unit]}; units are s, m, h, d, w`,
        );
      }
      const full = digits && typeof value === "number" ? `${written}${options.bare}` : written;
      if (!new RegExp(pattern).test(full)) {
        const hint = "write a whole number and a unit without a space: 90s, 30m, 1h, 5d, 2w";
        return new Refusal("this is no duration", hint);
      }
      const total = seconds(full);
      if (total < seconds(min)) return new Refusal("the duration is too short", `write ${min} or more`);
      if (total > seconds(max)) return new Refusal("the duration is too long", `write ${max} or less`);
      if (total % SECONDS[unit] !== 0) {
        return new Refusal(`only whole ${UNIT_NAMES[unit]} can be used here`, `write a multiple of 1${unit}`);
      }
      return total / SECONDS[unit];
    },
  });
}

const BYTES = { "": 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3, T: 1024 ** 4 } as const;

/**
 * A size such as `500K`, `20M`, `1G`; units are powers of 1024, and a number alone counts bytes. It is read into bytes, or
 * into whole units of `in`.
 */
export function size(min: string, max: string, options: { in?: "M" | "G" } = {}): Schema<number> {
  const unit = BYTES[options.in ?? ""];
  const bytes = (written: string): number | undefined => {
    const [, n, letter] = /^(\d+)([KMGT]?)(?:i?B)?$/.exec(written) ?? [];
    return n === undefined ? undefined : Number(n) * BYTES[letter as keyof typeof BYTES];
  };
  return scalar({
    allowed: `a size from ${min} to ${max}`,
    json: {
      anyOf: [
        { type: "string", pattern: "^[0-9]+[KMGT]?(i?B)?$" },
        { type: "integer", minimum: 0 },
      ],
    },
    parse(_, written) {
      const total = bytes(written);
      if (total === undefined) {
        const upper = written.toUpperCase().replace(/\s/g, "");
        const hint = bytes(upper) === undefined ? "write a whole number and a unit: 500K, 20M, 1G" : `write ${upper}`;
        return new Refusal("this is no size", hint);
      }
      if (total < (bytes(min) ?? 0)) return new Refusal("the size is too small", `write ${min} or more`);
      if (total > (bytes(max) ?? 0)) return new Refusal("the size is too large", `write ${max} or less`);
      if (total % unit !== 0) return new Refusal("the size has a fraction here", `write a multiple of 1${options.in}`);
      return total / unit;
    },
  });
}

/** A day, or a minute of it in UTC, ISO 8601: `2026-11-22`, `2026-11-22T14:30`. */
export const moment: Schema<string> = text({
  allowed: "a day as YYYY-MM-DD, or a time in UTC as YYYY-MM-DDTHH:MM",
  json: { pattern: "^\\d{4}-\\d{2}-\\d{2}(T\\d{2}:\\d{2})?$" },
  parse(given) {
    const hint = "write e.g. 2026-11-22 or 2026-11-22T14:30";
    const [, day, time = "00:00"] = /^(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2}))?$/.exec(given) ?? [];
    if (day === undefined) return new Refusal("this is no date", hint);
    const meant = new Date(`${day}T${time}Z`);
    // The 30th of February would become the 2nd of March.
    if (Number.isNaN(meant.valueOf()) || !meant.toISOString().startsWith(`${day}T${time}`))
      return new Refusal("there is no such day or time", hint);
    return given;
  },
});

/** Text of a certain form; `hint` says where to take it from. */
export const formed = (allowed: string, form: RegExp, hint: string): Schema<string> =>
  text({
    allowed,
    json: { pattern: form.source },
    parse(given) {
      if (form.test(given)) return given;
      return new Refusal(given === "" ? "the text is empty" : `"${given}" is no such name`, hint);
    },
  });

/** Separators of lines, signs that turn the direction of what follows, halves of characters, and numbers that are none. */
const UNSEEN = /[\u2028\u2029\u202a-\u202e\u2066-\u2069]|\p{Cs}|\p{NChar}/u;

/** Any text of one line, without control characters: it ends up in configuration files. */
export function line(allowed: string, longest: number): Schema<string> {
  return text({
    allowed,
    json: { maxLength: longest },
    parse(given) {
      if (/\p{Cc}/u.test(given))
        return new Refusal("line breaks and control characters cannot be used here", "write one line");
      const unseen = UNSEEN.exec(given)?.[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");
      if (unseen !== undefined)
        return new Refusal(`the character U+${unseen} cannot be used here`, "it is not seen; type the text anew");
      const trimmed = given.trim();
      if (trimmed === "") return new Refusal("the text is empty", "write a name, or remove the key");
      if (trimmed.length > longest) return new Refusal("the text is too long", `write at most ${longest} characters`);
      return trimmed;
    },
  });
}
