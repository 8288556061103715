import { expect, test } from "vitest";
import { address, isReachable, ownAddress, parseAddress, shopperAddress } from "../src/router";

const kOddIds = ["a b", "a/b", "a%2Fb", '"q"', "<script>alert(1)</script>", "👟", "?x=1#y", "anon:7", "\\", "é", "..."];

test("an odd id is the same after it was an address", () => {
  for (const id of kOddIds) {
    const url = new URL(shopperAddress(id, id), "http://127.0.0.1");
    expect(parseAddress(url.pathname, url.search).segments).toEqual(["user", id, id]);
  }
});

test("ids that a browser reads as folders are known", () => {
  expect([".", ".."].some(isReachable)).toBe(false);
  expect(kOddIds.every(isReachable)).toBe(true);
});

test("parameters that are empty are left out", () => {
  expect(address(["v1", "audience"], { policy: "default", category: "", cursor: null, limit: 50 })).toBe(
    "/v1/audience?policy=default&limit=50",
  );
  expect(address([])).toBe("/");
});

test("a segment that is no UTF-8 is shown as it was sent", () => {
  expect(parseAddress("/user/%FF", "").segments).toEqual(["user", "%FF"]);
});

test("a sign-in leads back to this site only", () => {
  expect(ownAddress("/audience?category=1")).toBe("/audience?category=1");
  for (const elsewhere of [
    "//evil.example",
    "/\\evil.example",
    "https://evil.example",
    "javascript:alert(1)",
    null,
    "",
  ]) {
    expect(ownAddress(elsewhere)).toBe("/");
  }
  expect(ownAddress("/sign-in?back=/")).toBe("/");
});
