// The pages of the invented ENT: choose who you are, then click a tile.
import { Router } from "express";

const OTHERS = [
  ["Cahier de textes", "Les devoirs de la semaine"],
  ["Dictionnaire", "Un mot, son histoire"],
  ["Manuel de sciences", "Chapitre 3 : l’eau"],
];
const WAYS = { saml: "par le GAR, en SAML", openid: "par le GAR, en OpenID Connect", cas: "par l’ENT, en CAS" };

/** Home, sign-in and sign-out of the ENT. */
export function portal({ state }) {
  const router = Router();
  router.get("/", (request, response) => {
    const person = state.person(request);
    const next = within(request.query.suite);
    response.send(person && !next ? tiles(state, person) : choose(state, next));
  });
  router.post("/entrer", (request, response) => {
    const person = state.find(request.body.personne);
    if (!person) return response.status(400).send(page(state, "Personne inconnue", `<p><a href="/">Revenir</a></p>`));
    response.cookie("ent", person.id, { httpOnly: true, sameSite: "lax" });
    response.redirect(303, within(request.body.suite) || "/");
  });
  router.post("/sortir", (request, response) => {
    response.clearCookie("ent");
    response.redirect(303, "/");
  });
  return router;
}

/** Only a path of ours. */
function within(path) {
  return typeof path === "string" && /^\/[^/\\]/.test(path) ? path : "";
}

function choose(state, next) {
  const groups = grouped(state.people);
  const options = [...groups].map(
    ([group, people]) =>
      `<optgroup label="${safe(group)}">${people
        .map((one) => `<option value="${safe(one.id)}">${safe(one.name)}</option>`)
        .join("")}</optgroup>`,
  );
  return page(
    state,
    "Qui es-tu aujourd’hui ?",
    `<form method="post" action="/entrer">
      <input type="hidden" name="suite" value="${safe(next)}">
      <label for="personne">Se connecter en tant que</label>
      <select id="personne" name="personne">${options.join("")}</select>
      <button>Entrer dans l’ENT</button>
    </form>
    <p class="small">Toutes ces personnes sont inventées. Un vrai ENT demanderait un mot de passe.</p>`,
  );
}

function grouped(people) {
  const groups = new Map();
  for (const one of people) groups.set(one.group, [...(groups.get(one.group) ?? []), one]);
  return groups;
}

function tiles(state, person) {
  const ours = Object.entries(state.tiles).map(
    ([way, url]) =>
      `<li><a class="tile ours" href="${safe(url)}"><strong>Préau</strong><span>${safe(WAYS[way] ?? way)}</span></a></li>`,
  );
  const others = OTHERS.map(
    ([name, what]) => `<li><div class="tile"><strong>${safe(name)}</strong><span>${safe(what)}</span></div></li>`,
  );
  const shown = person.tile === false ? others : [...ours, ...others];
  return page(
    state,
    "Médiacentre",
    `<p>${safe(person.name)} · ${safe(person.group)}</p>
    <ul class="tiles">${shown.join("")}</ul>
    ${person.tile === false ? "<p>La ressource Préau n’a pas été distribuée à cette classe.</p>" : ""}
    <form method="post" action="/sortir"><button class="plain">Quitter l’ENT</button></form>`,
  );
}

function safe(text) {
  return String(text).replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

function page(state, title, body) {
  return `<!doctype html>
<html lang="fr"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${safe(title)} – ${safe(state.title)}</title><style>${STYLE}</style></head>
<body><header><span>${safe(state.title)}</span><span>répétition</span></header>
<main><h1>${safe(title)}</h1>${body}</main></body></html>`;
}

const STYLE = `
:root { color-scheme: light dark; --ink: #22303c; --paper: #f3f6f4; --card: #fff; --line: #b9c7c0; --deep: #17594a; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6ece9; --paper: #14201c; --card: #1d2c27; --line: #45574f; --deep: #0f4639; } }
* { box-sizing: border-box; }
body { margin: 0; font: 1rem/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); }
header { display: flex; justify-content: space-between; gap: 1rem; padding: .75rem 1.25rem; background: var(--deep); color: #fff; }
main { max-width: 52rem; margin: 0 auto; padding: 1.25rem; }
h1 { font-size: 1.6rem; line-height: 1.2; }
form { display: grid; gap: .6rem; max-width: 28rem; margin: 1rem 0; }
select, button { font: inherit; padding: .6rem .8rem; border-radius: .4rem; border: 1px solid var(--line); max-width: 100%; }
select { background: var(--card); color: var(--ink); }
button { background: var(--deep); color: #fff; border-color: var(--deep); cursor: pointer; }
button.plain { background: transparent; color: var(--ink); border-color: var(--line); justify-self: start; }
:focus-visible { outline: 3px solid #c9862b; outline-offset: 2px; }
.small { font-size: .9rem; }
.tiles { list-style: none; padding: 0; display: grid; gap: 1rem; grid-template-columns: repeat(auto-fill, minmax(13rem, 1fr)); }
.tile { display: grid; gap: .2rem; min-height: 7rem; padding: 1rem; border-radius: .6rem; border: 1px solid var(--line);
  background: var(--card); color: var(--ink); text-decoration: none; align-content: end; }
.tile span { font-size: .9rem; }
.ours { border: 2px solid var(--deep); }
`;
