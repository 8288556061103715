import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { defineConfig } from "vite";

// `npm run dev` in this folder asks a running adirect, at ADIRECT_URL.
const server = process.env.ADIRECT_URL ?? "http://127.0.0.1:8080";
const out = process.env.SITE_OUT ?? "dist";

// Beside every file the same packed by gzip, which adirect sends to who accepts it.
const packed = {
  name: "packed",
  closeBundle() {
    for (const file of readdirSync(out, { recursive: true, withFileTypes: true })) {
      const path = join(file.parentPath ?? file.path, file.name);
      if (file.isFile()) writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: 9 }));
    }
  },
};

export default defineConfig({
  plugins: [packed],
  build: { outDir: out, emptyOutDir: true, modulePreload: { polyfill: false }, assetsInlineLimit: 0 },
  server: { proxy: { "/v1": server, "/openapi.json": server } },
});
