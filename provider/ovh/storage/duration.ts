/** Durations of ISO 8601, as OVH takes and changes them: "P7D" comes back as "P1W". */

const FORM = /^P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/;

/** A duration: months and seconds, since a month has no fixed length. Undefined for what is none, or is empty. */
export function duration(text: string): { months: number; seconds: number } | undefined {
  const match = FORM.exec(text);
  if (!match || /[PT]$/.test(text)) return undefined;
  const [years = 0, months = 0, weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = match
    .slice(1)
    .map((digits) => Number(digits ?? 0));
  const allDays = weeks * 7 + days;
  return { months: years * 12 + months, seconds: ((allDays * 24 + hours) * 60 + minutes) * 60 + seconds };
}

/** Whether two texts mean the same time. */
export function sameDuration(a: string, b: string): boolean {
  const [one, other] = [duration(a), duration(b)];
  return one !== undefined && one.months === other?.months && one.seconds === other.seconds;
}
