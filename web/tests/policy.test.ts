import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { isPolicyName, kKeys, mistakesIn, parsePolicy, printPolicy, standardPolicy } from "../src/policy";

const shipped = (name: string) => readFileSync(new URL(`../../policies/${name}.toml`, import.meta.url), "utf8");

test("the standard values are those of the policy that ships", () => {
  expect(parsePolicy(shipped("default"))).toEqual(standardPolicy());
});

test("a policy is the same after it was printed and read", () => {
  const seed = parsePolicy(shipped("seed"));
  expect(seed).not.toEqual(standardPolicy());
  expect(parsePolicy(printPolicy("seed", seed).text)).toEqual(seed);
  expect(mistakesIn(seed)).toEqual({});
});

test("every line of a printed policy knows its key", () => {
  const { text, keys } = printPolicy("default", standardPolicy());
  const lines = text.trimEnd().split("\n");
  expect(keys.length).toBe(lines.length);
  lines.forEach((line, at) => {
    const key = keys[at];
    if (key) expect(line).toContain(`${key.split(".").at(-1) ?? ""} = `);
  });
  expect(kKeys.every(({ key }) => keys.includes(key))).toBe(true);
});

test("a value that does not fit is a sentence at its key", () => {
  const bad = {
    "interest.events": "",
    "interest.min_searches": "0",
    "interest.window": "7 days",
    "interest.min_distinct_days": "1.5",
    "interest.last_within": "",
    "purchase.suppress_for": "0d",
    "products.recent": "-1",
    "products.popular": "five",
    "products.popular_window": "12h",
    "products.exclude_purchased": "maybe",
    "products.limit": '10"\n[evil]',
  };
  expect(Object.keys(mistakesIn(bad)).sort()).toEqual(Object.keys(bad).sort());
});

test("values that the reference allows are taken", () => {
  const good = {
    ...standardPolicy(),
    "interest.window": "forever",
    "interest.last_within": "1500ms",
    "products.popular": "0",
  };
  expect(mistakesIn(good)).toEqual({});
});

test("names are those that a file may have", () => {
  expect(["default", "a-b_9", "x".repeat(64)].every(isPolicyName)).toBe(true);
  expect(["", "A", "ä", "a b", "x".repeat(65), "../x"].some(isPolicyName)).toBe(false);
});
