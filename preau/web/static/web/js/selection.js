// Rows chosen in a list, kept while pages and searches change. See docs/composants.md for the markup.
// A page with [data-selection-done="0123456A"] says that something was made for them: everything is unticked, so
// that the next action does not do it to them again.
//
// <form data-selection="0123456A"> around the table and the bar; the ids of this page are its check boxes
// [data-choose]; those of other pages wait in sessionStorage and leave in the hidden field [data-elsewhere].
(() => {
  "use strict";
  const form = () => document.querySelector("form[data-selection]");
  const key = () => `preau:chosen:${form().dataset.selection}`;
  const read = () => new Set(JSON.parse(sessionStorage.getItem(key()) ?? "[]"));
  const write = (chosen) => sessionStorage.setItem(key(), JSON.stringify([...chosen]));
  const boxes = () => [...form().querySelectorAll("[data-choose]")];

  const countWords = (count) => {
    const { one = "élève choisi", many = "élèves choisis" } = form().dataset;
    return `${count.toLocaleString("fr-FR")} ${count > 1 ? many : one}`;
  };

  const showPageBox = (here) => {
    const all = form().querySelector("[data-choose-page]");
    if (!all) return;
    const ticked = here.filter((box) => box.checked).length;
    all.checked = ticked > 0 && ticked === here.length;
    all.indeterminate = ticked > 0 && ticked < here.length;
  };

  const show = (chosen) => {
    const here = boxes();
    const ids = new Set(here.map((box) => box.value));
    for (const box of here) {
      box.checked = chosen.has(box.value);
      box.closest("tr, li")?.classList.toggle("is-chosen", box.checked);
    }
    showPageBox(here);
    const elsewhere = form().querySelector("[data-elsewhere]");
    if (elsewhere) elsewhere.value = [...chosen].filter((id) => !ids.has(id)).join(",");
    const bar = form().querySelector(".chosen-bar");
    if (bar) bar.hidden = chosen.size === 0;
    for (const place of form().querySelectorAll("[data-chosen-count]")) {
      const words = countWords(chosen.size);
      if (place.textContent !== words) place.textContent = words;
    }
  };

  // `choix` tells the page (htmx may then ask the server what each action will touch).
  const keep = (chosen) => {
    write(chosen);
    show(chosen);
    form().dispatchEvent(new CustomEvent("choix", { bubbles: true }));
  };

  const chooseAll = async (button) => {
    const chosen = read();
    const answer = await fetch(button.dataset.url, { headers: { Accept: "application/json" }, credentials: "same-origin" });
    if (!answer.ok) return;
    for (const id of await answer.json()) chosen.add(String(id));
    keep(chosen);
  };

  document.addEventListener("change", (event) => {
    if (!form()?.contains(event.target)) return;
    const chosen = read();
    const touched = event.target.matches("[data-choose]") ? [event.target] : [];
    if (event.target.matches("[data-choose-page]")) {
      for (const box of boxes()) { box.checked = event.target.checked; touched.push(box); }
    }
    if (!touched.length) return;
    for (const box of touched) chosen[box.checked ? "add" : "delete"](box.value);
    keep(chosen);
  });
  document.addEventListener("click", (event) => {
    const pressed = event.target.closest("[data-choose-none], [data-choose-all]");
    if (!pressed || !form()) return;
    event.preventDefault();
    if (pressed.hasAttribute("data-choose-all")) chooseAll(pressed);
    else keep(new Set());
  });

  const start = () => {
    const done = document.querySelector("[data-selection-done]");
    if (done) sessionStorage.removeItem(`preau:chosen:${done.dataset.selectionDone}`);
    if (!form()) return;
    const chosen = read();
    for (const box of boxes()) if (box.defaultChecked) chosen.add(box.value);
    write(chosen);
    show(chosen);
    if (chosen.size) form().dispatchEvent(new CustomEvent("choix", { bubbles: true }));
  };
  document.addEventListener("htmx:afterSwap", () => { if (form()) show(read()); });
  window.addEventListener("pageshow", (event) => { if (event.persisted) start(); });
  start();
})();
