// The GAR by OpenID Connect: a certified provider; whoever is signed in to the ENT is asked nothing.
import { Router } from "express";
import Provider, { interactionPolicy } from "oidc-provider";

/** The provider, made anew when the settings of its client change. */
export function openid({ address, keys, state }) {
  const router = Router();
  const issuer = `${address}/oidc`;
  let made, provider;
  const current = () => {
    const wanted = JSON.stringify(state.client);
    if (made !== wanted) [made, provider] = [wanted, makeProvider(issuer, keys, state)];
    return provider;
  };
  router.get("/oidc-entree/:uid", async (request, response, next) => {
    const person = state.person(request);
    if (!person) return response.redirect(`/?suite=${encodeURIComponent(request.originalUrl)}`);
    try {
      await letIn(current(), request, response, person);
    } catch (error) {
      next(error);
    }
  });
  router.use("/oidc", (request, response, next) => current().callback()(request, response, next));
  return router;
}

async function letIn(provider, request, response, person) {
  const { prompt, params, session } = await provider.interactionDetails(request, response);
  const result = { login: { accountId: person.id } };
  if (prompt.name === "consent") {
    const grant = new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
    grant.addOIDCScope(params.scope);
    result.consent = { grantId: await grant.save() };
  }
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: true });
}

/** Who is signed in is the ENT's affair: a provider that remembered somebody would let the next pupil in as them. */
function asksWhoIsThere(state) {
  const policy = interactionPolicy.base();
  const { Check } = interactionPolicy;
  policy.get("login").checks.add(
    new Check("other_person", "the ENT knows somebody else", (context) =>
      state.person(context.req)?.id === context.oidc.session.accountId
        ? Check.NO_NEED_TO_PROMPT
        : Check.REQUEST_PROMPT,
    ),
  );
  return policy;
}

function makeProvider(issuer, keys, state) {
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: state.client.id,
        client_secret: state.client.secret,
        redirect_uris: state.client.redirects,
        token_endpoint_auth_method: "client_secret_basic",
      },
    ],
    jwks: { keys: [keys.jwk] },
    cookies: { keys: [crypto.randomUUID()] },
    scopes: ["openid", "scope.gar"],
    claims: { openid: ["sub"], "scope.gar": ["IDO", "UAI", "PRO", "PRE", "NOM", "DIV"] },
    extraParams: ["idRessource"],
    pkce: { required: () => false },
    features: { devInteractions: { enabled: false }, rpInitiatedLogout: { enabled: true } },
    interactions: {
      policy: asksWhoIsThere(state),
      url: (context, interaction) => `/oidc-entree/${interaction.uid}`,
    },
    ttl: { AccessToken: 300, AuthorizationCode: 60, Grant: 600, IdToken: 300, Interaction: 600, Session: 600 },
    findAccount: (context, id) => {
      const person = state.find(id);
      return person && { accountId: id, claims: () => ({ sub: id, ...state.attributes(person) }) };
    },
    renderError: (context, out) => {
      context.type = "text/plain";
      context.body = `${out.error}: ${out.error_description ?? ""}`;
    },
  });
  return provider;
}
