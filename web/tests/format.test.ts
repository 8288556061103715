import { expect, test } from "vitest";
import { thinned } from "../src/chart";
import { bytes, countdown, duration, initials, plural, span, utc } from "../src/format";

test("a span is its two largest units", () => {
  expect(span(0)).toBe("less than a second");
  expect(span(45_000)).toBe("45 s");
  expect(span(3_600_000 * 27)).toBe("1 d 3 h");
  expect(span(86_400_000 + 5000)).toBe("1 d");
  expect(span(-5)).toBe("less than a second");
});

test("a countdown ends at nought and never goes below", () => {
  expect(countdown(2 * 86_400_000 + 3_723_000)).toBe("2 d 01:02:03");
  expect(countdown(1)).toBe("00:00:01");
  expect(countdown(0)).toBe("00:00:00");
  expect(countdown(-9000)).toBe("00:00:00");
});

test("a policy's duration is told in its largest whole unit", () => {
  expect(duration(7 * 86_400_000)).toBe("7 days");
  expect(duration(3_600_000)).toBe("1 hour");
  expect(duration(1500)).toMatch(/^1.?500 ms$/);
  expect(duration("forever")).toBe("ever");
});

test("UTC is told to the millisecond", () => {
  expect(utc("2026-11-24T10:00:00.123Z")).toBe("2026-11-24 10:00:00.123 UTC");
});

test("numbers have their unit", () => {
  expect(bytes(16e9)).toBe("16 GB");
  expect(bytes(999)).toBe("999 B");
  expect(plural(1, "search", "searches")).toBe("1 search");
  expect(plural(1200, "search", "searches")).toMatch(/^1.?200 searches$/);
});

test("initials are of the words, also beyond the first plane", () => {
  expect(initials("Pebble Charger 24493")).toBe("PC");
  expect(initials("11100042")).toBe("1");
  expect(initials("𝒜lpha beta")).toBe("𝒜B");
});

test("a chart's table begins with the newest and is short", () => {
  expect(thinned(3)).toEqual([2, 1, 0]);
  expect(thinned(8640).length).toBeLessThanOrEqual(30);
  expect(thinned(8640)[0]).toBe(8639);
});
