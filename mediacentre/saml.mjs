// The GAR by SAML 2.0: what `samlp` answers, for a service known by its metadata alone.
import { X509Certificate } from "node:crypto";

import { DOMParser } from "@auth0/xmldom";
import { Router } from "express";
import samlp from "samlp";

const METADATA = "urn:oasis:names:tc:SAML:2.0:metadata";
const REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect";

/** Metadata and sign-on address of the invented GAR. */
export function saml({ address, keys, state }) {
  const issuer = `${address}/gar/metadata`;
  const router = Router();
  router.get("/gar/metadata", (request, response) => {
    const shown = state.publishes.map((place) => keys.certificates[place].cert);
    response.type("application/samlmetadata+xml").send(describe(issuer, `${address}/gar/sso`, shown));
  });
  router.get("/gar/sso", async (request, response, next) => {
    const person = state.person(request);
    if (!person) return response.redirect(`/?suite=${encodeURIComponent(request.originalUrl)}`);
    try {
      const service = await readService(state.service);
      if (service.cert && !request.query.Signature) return response.status(400).send("AuthnRequest non signée.");
      answer({ issuer, person, service, signer: keys.certificates[state.signs], state })(request, response, next);
    } catch (error) {
      next(error);
    }
  });
  return router;
}

function answer({ issuer, person, service, signer, state }) {
  return samlp.auth({
    issuer,
    ...signer,
    signingCert: service.cert,
    audience: service.id,
    recipient: service.acs,
    destination: service.acs,
    lifetimeInSeconds: 300,
    signatureAlgorithm: "rsa-sha256",
    digestAlgorithm: "sha256",
    // Encrypted for whoever publishes a key to encrypt for, by the first way that they take.
    encryptionCert: service.sealing?.cert,
    encryptionPublicKey: service.sealing?.publicKey,
    encryptionAlgorithm: service.sealing?.algorithm,
    sessionIndex: `_${Math.random().toString(36).slice(2)}`,
    getUserFromRequest: () => person,
    getPostURL: (audience, dom, request, done) => done(null, service.acs),
    profileMapper: (user) => ({
      getClaims: () => state.attributes(user),
      // Another one each time, as the GAR does: a service that keeps it makes one account a visit.
      getNameIdentifier: () => ({
        nameIdentifier: `_${crypto.randomUUID()}`,
        nameIdentifierFormat: "urn:oasis:names:tc:SAML:2.0:nameid-format:transient",
      }),
    }),
  });
}

/** Entity, ACS and signing certificate of the service, read anew each time: Préau may have been restarted. */
async function readService(address) {
  const dom = new DOMParser().parseFromString(await (await fetch(address)).text());
  const of = (name) => Array.from(dom.getElementsByTagNameNS(METADATA, name));
  const keys = of("KeyDescriptor");
  const signing = keys.find((one) => one.getAttribute("use") !== "encryption");
  return {
    id: dom.documentElement.getAttribute("entityID"),
    acs: of("AssertionConsumerService")[0].getAttribute("Location"),
    cert: signing && certificateIn(signing),
    sealing: readSealing(keys.find((one) => one.getAttribute("use") === "encryption")),
  };
}

function certificateIn(descriptor) {
  const found = descriptor.getElementsByTagNameNS("http://www.w3.org/2000/09/xmldsig#", "X509Certificate")[0];
  return found && `-----BEGIN CERTIFICATE-----\n${found.textContent.trim()}\n-----END CERTIFICATE-----`;
}

function readSealing(descriptor) {
  const cert = descriptor && certificateIn(descriptor);
  if (!cert) return undefined;
  const method = descriptor.getElementsByTagNameNS(METADATA, "EncryptionMethod")[0];
  const publicKey = new X509Certificate(cert).publicKey.export({ type: "spki", format: "pem" });
  return { cert, publicKey, algorithm: method?.getAttribute("Algorithm") };
}

function describe(issuer, location, certificates) {
  const keys = certificates.map(
    (cert) => `<KeyDescriptor use="signing"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>${cert
      .replace(/-----[A-Z ]+-----|\s/g, "")}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></KeyDescriptor>`,
  );
  return `<?xml version="1.0" encoding="UTF-8"?>
<EntityDescriptor xmlns="${METADATA}" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" entityID="${issuer}">
  <IDPSSODescriptor WantAuthnRequestsSigned="true" protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
    ${keys.join("\n    ")}
    <NameIDFormat>urn:oasis:names:tc:SAML:2.0:nameid-format:transient</NameIDFormat>
    <SingleSignOnService Binding="${REDIRECT}" Location="${location}"/>
  </IDPSSODescriptor>
</EntityDescriptor>
`;
}
