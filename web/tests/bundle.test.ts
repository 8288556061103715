// What is shipped: its size, where it may ask, what it is called, and that its types are those of the API.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";

const kMostBytes = 200_000; // of the first view, packed
const web = fileURLToPath(new URL("..", import.meta.url));
const work = mkdtempSync(join(tmpdir(), "adirect-site-"));
const site = join(work, "site");
const tool = (path: string, ...rest: string[]) =>
  execFileSync(process.execPath, [join(web, "node_modules", path), ...rest], {
    cwd: web,
    env: { ...process.env, SITE_OUT: site },
    stdio: "pipe",
  });

let files: string[] = [];
const text = (end: string) =>
  files
    .filter((file) => file.endsWith(end))
    .map((file) => readFileSync(join(site, file), "utf8"))
    .join("\n");

beforeAll(() => {
  tool("vite/bin/vite.js", "build", "--logLevel", "warn");
  files = (readdirSync(site, { recursive: true }) as string[]).filter((file) => /\.\w+$/.test(file));
}, 60_000);
afterAll(() => rmSync(work, { recursive: true }));

test("the first view is small", () => {
  const packed = files.filter((file) => file.endsWith(".gz"));
  expect(packed.length).toBeGreaterThanOrEqual(3);
  const bytes = packed.reduce((sum, file) => sum + readFileSync(join(site, file)).length, 0);
  expect(bytes).toBeLessThan(kMostBytes);
});

test("every file is there packed too", () => {
  const plain = files.filter((file) => !file.endsWith(".gz"));
  expect(plain.length).toBeGreaterThanOrEqual(3);
  for (const file of plain) expect(files).toContain(`${file}.gz`);
});

test("the page has no script or style of its own, and nothing names another server", () => {
  const page = text(".html");
  expect(page).not.toMatch(/<style|style=|<script(?![^>]*\ssrc=)|\son\w+=/);
  const addresses = `${page}${text(".css")}${text(".js")}`.match(/https?:\/\/[^\s"'`)]+/g) ?? [];
  expect(addresses.filter((one) => !one.startsWith("http://www.w3.org/"))).toEqual([]);
});

// What filter lists take for advertising, whatever site it is on.
const kBlocked = [
  /(^|[/_.-])ads?([/_.-]|$)/i,
  /(^|[/_.-])(ad|adv|advert|advertisement|advertising|sponsor|sponsored|promo)s?([/_.-]|$)/i,
  /banner|pop-?up|popunder|track|analytics|pixel|beacon|telemetry|affiliate|doubleclick|adserv|adsense|google_ad/i,
  /(^|[-_])ad[-_]|[-_]ads?($|[-_])/i,
];

test("nothing of it is called as ad blockers know advertising", () => {
  const classes = [...text(".css").matchAll(/[.#](-?[_a-zA-Z][\w-]*)/g)].map((match) => match[1] ?? "");
  const pages = [
    "/",
    "/searches",
    "/user",
    "/products",
    "/audience",
    "/policies",
    "/quality",
    "/sign-in",
    "/favicon.svg",
  ];
  const routes = [...readFileSync(join(web, "src/app.tsx"), "utf8").matchAll(/page === "([\w-]+)"/g)].map(
    (match) => match[1] ?? "",
  );
  const asked = [...text(".js").matchAll(/["'`](\/v1\/[\w/-]*)/g)].map((match) => match[1] ?? "");
  expect(classes.length).toBeGreaterThan(50);
  expect(routes.length).toBeGreaterThan(5);
  expect(asked.length).toBeGreaterThan(5);
  for (const name of [...classes, ...pages, ...routes, ...asked, ...files]) {
    for (const pattern of kBlocked) expect(name).not.toMatch(pattern);
  }
});

test("the types are those of the API", () => {
  const types = join(work, "openapi.d.ts");
  tool("openapi-typescript/bin/cli.js", "../src/adirect/api/openapi.json", "-o", types);
  expect(readFileSync(join(web, "src/openapi.d.ts"), "utf8"), "run npm run types in web/").toBe(
    readFileSync(types, "utf8"),
  );
}, 60_000);
