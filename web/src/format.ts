// Numbers, instants and spans of time as the reader's locale has them.

const locale = typeof navigator === "undefined" ? undefined : navigator.language;
const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
const fine = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
const percentage = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 0 });
const moment = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "medium" });
const clock = new Intl.DateTimeFormat(locale, { timeStyle: "short" });
const clockWithSeconds = new Intl.DateTimeFormat(locale, { timeStyle: "medium" });

export const count = (n: number): string => whole.format(n);
export const rate = (n: number): string => (n < 10 ? fine : whole).format(n);
export const percent = (share: number): string => percentage.format(share);
export const localTime = (iso: string): string => moment.format(new Date(iso));
export const shortTime = (seconds: number, fineTime: boolean): string =>
  (fineTime ? clockWithSeconds : clock).format(new Date(seconds * 1000));

// "2026-11-24 10:00:00.000 UTC"
export const utc = (iso: string): string => `${new Date(iso).toISOString().replace("T", " ").replace("Z", "")} UTC`;

export function bytes(n: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let at = 0;
  for (; n >= 1000 && at < units.length - 1; ++at) n /= 1000;
  return `${rate(n)} ${units[at]}`;
}

const kUnits: [string, number][] = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["min", 60_000],
  ["s", 1000],
];

// The two largest units that are not 0: "2 d 3 h", "45 s".
export function span(ms: number): string {
  const parts: string[] = [];
  let rest = Math.max(0, ms);
  for (const [unit, size] of kUnits) {
    const n = Math.floor(rest / size);
    rest -= n * size;
    if (n > 0) parts.push(`${n} ${unit}`);
    else if (parts.length > 0) break;
    if (parts.length === 2) break;
  }
  return parts.join(" ") || "less than a second";
}

// All units down to seconds: "2 d 03:04:05".
export function countdown(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  const days = Math.floor(seconds / 86_400);
  const two = (n: number) => String(n).padStart(2, "0");
  const time = [Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60, seconds % 60].map(two).join(":");
  return days > 0 ? `${days} d ${time}` : time;
}

// A policy's duration in words: 604800000 is "7 days".
export function duration(needed: number | "forever"): string {
  if (needed === "forever") return "ever";
  for (const [unit, size] of [
    ["day", 86_400_000],
    ["hour", 3_600_000],
    ["minute", 60_000],
    ["second", 1000],
  ] as const) {
    if (needed % size === 0) return plural(needed / size, unit);
  }
  return `${count(needed)} ms`;
}

export const plural = (n: number, one: string, many = `${one}s`): string => `${count(n)} ${n === 1 ? one : many}`;

// Two letters for a product without a picture of this server: "Pebble Charger 24493" is "PC".
export function initials(text: string): string {
  const words = text.split(/\s+/).filter((word) => /^\p{L}/u.test(word));
  const letters = (words.length > 0 ? words : [text])
    .slice(0, 2)
    .map((word) => String.fromCodePoint(word.codePointAt(0) ?? 0x20));
  return letters.join("").toLocaleUpperCase();
}
