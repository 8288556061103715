import { afterEach, expect, test, vi } from "vitest";
import { ask, askLines, Gone, Lines, Problem } from "../src/api";
import { trendOf, windowOf } from "../src/trend";

afterEach(() => vi.unstubAllGlobals());

const answers = (response: () => Response | Promise<Response>) =>
  vi.stubGlobal(
    "fetch",
    vi.fn(() => Promise.resolve(response())),
  );

test("a problem is its sentence, its field and its mistakes", async () => {
  const told = {
    title: "Bad Request",
    status: 400,
    detail: "two mistakes",
    errors: [{ line: 3, key: "interest.window", message: "no duration" }],
  };
  answers(() => new Response(JSON.stringify(told), { status: 400 }));
  const problem = await ask("/v1/policies/x").catch((error: unknown) => error);
  expect(problem).toBeInstanceOf(Problem);
  expect(problem).toMatchObject({ status: 400, message: "two mistakes", mistakes: told.errors });
});

test("an error that is no JSON is still a sentence", async () => {
  answers(() => new Response("<html>bad gateway</html>", { status: 502 }));
  await expect(ask("/v1/stats")).rejects.toMatchObject({ status: 502 });
});

test("a server that does not answer is gone", async () => {
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("failed to fetch")));
  await expect(ask("/v1/stats")).rejects.toBeInstanceOf(Gone);
});

test("lines are whole however they were cut", () => {
  const lines = new Lines();
  expect(lines.add('{"a"')).toEqual([]);
  expect(lines.add(":1}\n{}\n\n{")).toEqual(['{"a":1}', "{}"]);
  expect(lines.add("}\n")).toEqual(["{}"]);
});

test("lines are read until someone says stop, the last also without its end", async () => {
  answers(() => new Response('{"n":1}\n{"n":2}\n{"n":3}'));
  const all: number[] = [];
  await askLines<{ n: number }>("/x", ({ n }) => void all.push(n));
  expect(all).toEqual([1, 2, 3]);
  answers(() => new Response('{"n":1}\n{"n":2}\n{"n":3}'));
  const some: number[] = [];
  await askLines<{ n: number }>("/x", ({ n }) => (some.push(n), n === 2 ? "stop" : undefined));
  expect(some).toEqual([1, 2]);
});

test("a trend is against the window before", () => {
  const twice = { category_id: "1", products: [{ rank: 1, product_id: "a", purchases: 10 }] };
  expect(trendOf({ rank: 1, product_id: "a", purchases: 7 }, twice, 1000)).toMatchObject({
    direction: "up",
    before: 3,
  });
  expect(trendOf({ rank: 1, product_id: "a", purchases: 5 }, twice, 1000)).toMatchObject({
    direction: "same",
    before: 5,
  });
  expect(trendOf({ rank: 1, product_id: "a", purchases: 2 }, twice, 1000)).toMatchObject({
    direction: "down",
    before: 8,
  });
  expect(trendOf({ rank: 1, product_id: "a", purchases: 10 }, twice, 1000)).toMatchObject({ direction: "new" });
  expect(trendOf({ rank: 1, product_id: "b", purchases: 1 }, twice, 1)).toMatchObject({
    direction: "none",
    before: null,
  });
  expect(trendOf({ rank: 1, product_id: "a", purchases: 1 }, null, 1000)).toBeNull();
});

test("a window of an address is one that the API takes", () => {
  expect(windowOf("7d")).toBe("7d");
  expect(windowOf("forever")).toBe("forever");
  for (const wrong of [null, "", "7h", "0d", "d", "1e9d"]) expect(windowOf(wrong)).toBe("30d");
});
