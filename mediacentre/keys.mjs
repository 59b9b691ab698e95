// Keys and certificates, made at each start and written nowhere.
import { generateKeyPairSync } from "node:crypto";

import selfsigned from "selfsigned";

const YEAR = 365 * 24 * 3600 * 1000;

/** Two certificates, as around a yearly rotation, and the key of the OpenID provider. */
export async function makeKeys() {
  const [first, second] = await Promise.all([certificate("GAR inventé 1"), certificate("GAR inventé 2")]);
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const jwk = { ...privateKey.export({ format: "jwk" }), use: "sig", alg: "RS256", kid: "1" };
  return { certificates: [first, second], jwk };
}

async function certificate(name) {
  const made = await selfsigned.generate([{ name: "commonName", value: name }], {
    keySize: 2048,
    algorithm: "sha256",
    notAfterDate: new Date(Date.now() + YEAR),
  });
  return { key: made.private, cert: made.cert };
}
