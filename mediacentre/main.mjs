// An invented ENT and, behind it, the two protocols of the GAR as independent libraries speak them.
//
//   node main.mjs --port 8001 --settings people.json
//
// Listens on this machine only; says one line of JSON once it answers, and stops when whoever started it goes away.
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";

import express from "express";

import { hindered } from "./hindrance.mjs";
import { makeKeys } from "./keys.mjs";
import { openid } from "./openid.mjs";
import { portal } from "./portal.mjs";
import { saml } from "./saml.mjs";
import { State } from "./state.mjs";

const { values } = parseArgs({
  options: { port: { type: "string" }, settings: { type: "string" }, keep: { type: "boolean", default: false } },
});
const port = Number(values.port ?? 8001);
// `localhost` and not 127.0.0.1: another site than Préau's, so that cookies cross over as they do for real.
const address = `http://localhost:${port}`;
const state = new State(values.settings ? JSON.parse(readFileSync(values.settings, "utf8")) : {});
const keys = await makeKeys();

const app = express();
app.disable("x-powered-by");
app.use(express.urlencoded({ extended: false }));
app.use(express.json({ limit: "5mb" }));
app.get("/sante", (request, response) => response.json({ well: true }));
app.post("/reglages", (request, response) => response.json(state.change(request.body)));
app.use(["/gar", "/oidc"], hindered(state));
app.use(saml({ address, keys, state }));
app.use(openid({ address, keys, state }));
app.use(portal({ state }));

app.listen(port, "127.0.0.1", () => {
  console.log(
    JSON.stringify({
      address,
      saml_metadata: `${address}/gar/metadata`,
      openid_issuer: `${address}/oidc`,
      openid_discovery: `${address}/oidc/.well-known/openid-configuration`,
    }),
  );
});
if (!values.keep) {
  // Whoever started us holds the other end of our standard input: when it dies, however it dies, so do we.
  process.stdin.on("end", () => process.exit(0));
  process.stdin.resume();
}
