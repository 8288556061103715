// A policy as a form has it: text per key, read from and written to the closed TOML vocabulary of docs/reference.md.

export type Policy = Record<string, string>; // "interest.min_searches" → "3"; lists with commas

type Kind = "events" | "count" | "positive" | "duration" | "days" | "boolean";
export interface PolicyKey {
  key: string;
  kind: Kind;
  standard: string;
  label: string;
  hint: string;
}

export const kEvents = ["search", "view", "cart", "favorite"];

export const kKeys: PolicyKey[] = [
  {
    key: "interest.events",
    kind: "events",
    standard: "search,view",
    label: "What counts as a search",
    hint: "At least one.",
  },
  {
    key: "interest.min_searches",
    kind: "positive",
    standard: "3",
    label: "At least so many searches",
    hint: "A whole number from 1 on.",
  },
  {
    key: "interest.window",
    kind: "duration",
    standard: "7d",
    label: "Within this long",
    hint: "A number with ms, s, m, h or d, as 7d; or forever.",
  },
  {
    key: "interest.min_distinct_days",
    kind: "positive",
    standard: "1",
    label: "On at least so many days",
    hint: "A whole number from 1 on.",
  },
  {
    key: "interest.last_within",
    kind: "duration",
    standard: "72h",
    label: "The newest this fresh",
    hint: "A number with ms, s, m, h or d, as 72h; or forever.",
  },
  {
    key: "purchase.suppress_for",
    kind: "duration",
    standard: "30d",
    label: "Silent after a purchase for",
    hint: "A number with ms, s, m, h or d, as 30d; or forever.",
  },
  {
    key: "products.recent",
    kind: "count",
    standard: "5",
    label: "Recently searched products",
    hint: "A whole number, 0 for none.",
  },
  {
    key: "products.popular",
    kind: "count",
    standard: "5",
    label: "Then popular products",
    hint: "A whole number, 0 for none.",
  },
  {
    key: "products.popular_window",
    kind: "days",
    standard: "30d",
    label: "Popular within",
    hint: "Whole days, as 30d; or forever.",
  },
  {
    key: "products.exclude_purchased",
    kind: "boolean",
    standard: "true",
    label: "Leave out what the shopper bought",
    hint: "",
  },
  {
    key: "products.limit",
    kind: "positive",
    standard: "10",
    label: "At most so many in all",
    hint: "A whole number from 1 on.",
  },
];

export const kGroups: [string, string][] = [
  ["interest", "Who keeps searching"],
  ["purchase", "And has not bought"],
  ["products", "What to show"],
];

const kPatterns: Record<Exclude<Kind, "events">, RegExp> = {
  count: /^\d{1,9}$/,
  positive: /^0*[1-9]\d{0,8}$/,
  duration: /^(forever|0*[1-9]\d{0,14}(ms|s|m|h|d))$/,
  days: /^(forever|0*[1-9]\d{0,8}d)$/,
  boolean: /^(true|false)$/,
};

// What is wrong with a value, as a sentence; null where nothing is.
export function mistakeIn({ kind, hint }: PolicyKey, value: string): string | null {
  if (kind === "events") {
    const events = value.split(",").filter(Boolean);
    return events.length > 0 && events.every((event) => kEvents.includes(event))
      ? null
      : "Choose at least one kind of event.";
  }
  if (kPatterns[kind].test(value.trim())) return null;
  return value.trim() === "" ? `This is empty. ${hint}` : `“${value}” does not fit. ${hint}`;
}

export function mistakesIn(policy: Policy): Record<string, string> {
  const mistakes: Record<string, string> = {};
  for (const key of kKeys) {
    const mistake = mistakeIn(key, policy[key.key] ?? "");
    if (mistake !== null) mistakes[key.key] = mistake;
  }
  return mistakes;
}

export function standardPolicy(): Policy {
  return Object.fromEntries(kKeys.map(({ key, standard }) => [key, standard]));
}

// Reads what GET /v1/policies/{name} answers: every key, one a line.
export function parsePolicy(toml: string): Policy {
  const policy = standardPolicy();
  let table = "";
  for (const line of toml.split("\n")) {
    const head = /^\s*\[(\w+)\]/.exec(line);
    if (head?.[1]) table = `${head[1]}.`;
    const pair = /^\s*(\w+)\s*=\s*(\[[^\]]*\]|"[^"]*"|\w+)/.exec(line);
    if (!pair?.[1] || pair[2] === undefined || !(table + pair[1] in policy)) continue;
    policy[table + pair[1]] = pair[2].replace(/[[\]"\s]/g, "");
  }
  return policy;
}

function tomlValue({ kind }: PolicyKey, value: string): string {
  if (kind === "events")
    return `[${value
      .split(",")
      .filter(Boolean)
      .map((event) => JSON.stringify(event))
      .join(", ")}]`;
  if (kind === "duration" || kind === "days") return JSON.stringify(value.trim());
  return value.trim();
}

export interface PolicyText {
  text: string;
  keys: (string | null)[]; // of each line, which key stands there
}

export function printPolicy(name: string, policy: Policy): PolicyText {
  const lines: [string, string | null][] = [[`name = ${JSON.stringify(name)}`, "name"]];
  for (const [table] of kGroups) {
    lines.push([`[${table}]`, null]);
    for (const key of kKeys.filter((one) => one.key.startsWith(`${table}.`))) {
      lines.push([`${key.key.slice(table.length + 1)} = ${tomlValue(key, policy[key.key] ?? key.standard)}`, key.key]);
    }
  }
  return { text: lines.map(([line]) => `${line}\n`).join(""), keys: lines.map(([, key]) => key) };
}

export function isPolicyName(name: string): boolean {
  return /^[a-z0-9_-]{1,64}$/.test(name);
}
