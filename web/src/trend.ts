// How a product sells in a window beside the window before it, from the counts of the window and of twice the window.
import type { Popular } from "./api";
import { count } from "./format";

export const kForever = "forever";
export const kWindows = ["1d", "7d", "30d", "90d", kForever];

// The window that an address names; 30 days where it names none that the API takes.
export function windowOf(text: string | null): string {
  return text !== null && (text === kForever || /^[1-9]\d{0,3}d$/.test(text)) ? text : "30d";
}

export interface Trend {
  direction: "up" | "down" | "same" | "new" | "none";
  before: number | null; // purchases in the window before; null where they are not known
  text: string;
}

// Null while twice the window is not known. `most`: how many rows it may have.
export function trendOf(product: Popular["products"][number], twice: Popular | null, most: number): Trend | null {
  if (twice === null) return null;
  const both = twice.products.find((one) => one.product_id === product.product_id)?.purchases;
  if (both === undefined) {
    return twice.products.length < most
      ? trend(product.purchases, 0)
      : { direction: "none", before: null, text: "not known" };
  }
  return trend(product.purchases, Math.max(0, both - product.purchases));
}

function trend(now: number, before: number): Trend {
  if (before === 0) return { direction: "new", before, text: "new" };
  const change = now - before;
  if (change === 0) return { direction: "same", before, text: `same (${count(before)})` };
  const sign = change > 0 ? "▲ +" : "▼ −";
  return {
    direction: change > 0 ? "up" : "down",
    before,
    text: `${sign}${count(Math.abs(change))} (from ${count(before)})`,
  };
}
