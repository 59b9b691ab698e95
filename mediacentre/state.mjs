// Who goes to the invented schools, what their ENT shows them, and how the providers behave.

const DEFAULTS = {
  title: "Mon ENT inventé",
  people: [], // {id, name, group, ido, uai: [], pro, first_name, last_name, division, tile}
  granted: ["PRE", "NOM", "DIV"], // the attributes the school lets the resource read, beside IDO, UAI and PRO
  tiles: {}, // {saml, openid, cas}: addresses of Préau that start a sign-in
  service: "", // address of Préau's SAML metadata
  client: { id: "preau", secret: "", redirects: [] }, // Préau, as the OpenID provider knows it
  late: 0, // milliseconds kept back
  down: false, // true: nobody gets an answer; "back": services do not, browsers do
  signs: 0, // which certificate signs
  publishes: [0], // which the metadata shows
};

export class State {
  constructor(settings) {
    Object.assign(this, structuredClone(DEFAULTS));
    this.change(settings);
  }

  /** Take these settings; refuse the ones that mean nothing, so that a test cannot mistype. */
  change(settings) {
    for (const [name, value] of Object.entries(settings)) {
      if (!(name in DEFAULTS)) throw new Error(`réglage inconnu : ${name}`);
      this[name] = value;
    }
    return { changed: Object.keys(settings) };
  }

  /** Whoever is signed in to the ENT in this browser. */
  person(request) {
    const found = /(?:^|;\s*)ent=([^;]+)/.exec(request.headers.cookie ?? "");
    return found && this.find(decodeURIComponent(found[1]));
  }

  find(id) {
    return this.people.find((one) => one.id === id);
  }

  /** What the GAR says of a person to our resource. */
  attributes(person) {
    const said = { IDO: person.ido, UAI: person.uai, PRO: person.pro };
    const could = { PRE: person.first_name, NOM: person.last_name, DIV: person.division };
    for (const [name, value] of Object.entries(could)) {
      if (value && this.granted.includes(name)) said[name] = value;
    }
    return said;
  }
}
