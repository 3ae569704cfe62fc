// Bundles the viewer into the Python package: `make viewer`, or `npm ci && npm run build` here.
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { copyFileSync, readFileSync, readdirSync } from "node:fs";

const target = "../src/scenewright/io/viewer";

// A test of the package compares this with its checkout, so a stale bundle is noticed.
const sources = ["build.mjs", "package.json", "package-lock.json"]
  .concat(readdirSync("src").sort().map((name) => `src/${name}`));
const digest = createHash("sha256");
for (const name of sources) digest.update(readFileSync(name, "utf8").replaceAll("\r\n", "\n"));

await build({
  entryPoints: ["src/main.js"],
  outfile: `${target}/viewer.js`,
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2022",
  charset: "ascii",
  legalComments: "none",
  banner: {
    js:
      "/* Viewer of Scenewright (Apache-2.0), with three.js (MIT, see LICENSE-three.txt). " +
      `Built from viewer/, sources ${digest.digest("hex")} */`,
  },
});
copyFileSync("node_modules/three/LICENSE", `${target}/LICENSE-three.txt`);
