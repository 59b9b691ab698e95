// Small helps that every page may use. Without this file, everything still works.
(() => {
  "use strict";
  const TOAST_MS = 8000;

  // An error summary takes the focus, so that it is read first.
  const focusSummary = (root) => root.querySelector("[data-error-summary]")?.focus();

  // A confirmation leaves by itself, never while it is being read or reached by keyboard.
  const armToast = (toast) => {
    let timer = 0;
    const wait = () => { timer = setTimeout(() => toast.remove(), TOAST_MS); };
    const hold = () => clearTimeout(timer);
    for (const name of ["mouseenter", "focusin"]) toast.addEventListener(name, hold);
    for (const name of ["mouseleave", "focusout"]) toast.addEventListener(name, wait);
    wait();
  };

  // A live region only speaks of what changes in it: the toasts of a fresh page are put back once.
  const announceToasts = () => {
    const region = document.querySelector(".toasts");
    const toasts = region ? [...region.children] : [];
    if (!toasts.length) return;
    setTimeout(() => { region.replaceChildren(...toasts); toasts.forEach(armToast); }, 150);
  };

  // The first press sends; the next ones do nothing. The button stays enabled, and says that it is busy; its own
  // words wait inside it, hidden, since an answer under way may still write in them.
  const beBusy = (form, button) => {
    form.dataset.sent = "";
    if (!button?.dataset.busy) return;
    const words = document.createElement("span");
    words.hidden = true;
    words.dataset.idle = "";
    words.append(...button.childNodes);
    button.append(words, button.dataset.busy);
    button.setAttribute("aria-busy", "true");
  };
  const beIdle = (forms) => {
    for (const form of forms) {
      delete form.dataset.sent;
      for (const words of form.querySelectorAll("[aria-busy] > [data-idle]")) {
        words.parentElement.removeAttribute("aria-busy");
        words.parentElement.replaceChildren(...words.childNodes);
      }
    }
  };
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || event.defaultPrevented) return;
    if ("sent" in form.dataset) { event.preventDefault(); return; }
    // A file to download leaves the page where it is: the button must serve again.
    if (event.submitter?.hasAttribute("data-download")) return;
    beBusy(form, event.submitter);
  });
  const sent = () => document.querySelectorAll("form[data-sent]");
  window.addEventListener("pageshow", (event) => { if (event.persisted) beIdle(sent()); });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.elt.matches("form")) beIdle([event.detail.elt]);
  });

  document.addEventListener("click", (event) => {
    const pressed = event.target.closest("[data-print], [data-close]");
    if (!pressed) return;
    if (pressed.hasAttribute("data-print")) window.print();
    else pressed.closest(".toast, .note")?.remove();
  });

  // htmx requests that are not a form borrow the token of any form of the page.
  document.addEventListener("htmx:configRequest", (event) => {
    const token = document.querySelector("input[name=csrfmiddlewaretoken]");
    if (event.detail.verb !== "get" && token) event.detail.headers["X-CSRFToken"] = token.value;
  });
  document.addEventListener("htmx:afterSwap", (event) => focusSummary(event.target));

  // Whoever leaves takes their choices and waiting answers along: computers are shared. So do answers of somebody
  // else than the pupil of this page, who left without a word.
  const ANSWERS = "preau:answers";
  const forget = () => { localStorage.removeItem(ANSWERS); sessionStorage.clear(); };
  const keepOnly = (whose) => {
    const kept = localStorage.getItem(ANSWERS);
    if (kept && JSON.parse(kept).some((one) => one.whose !== whose)) localStorage.removeItem(ANSWERS);
  };
  const whose = document.querySelector("[data-whose]")?.dataset.whose;
  try {
    if (document.querySelector("[data-forget]")) forget();
    else if (whose) keepOnly(whose);
  } catch { /* no memory at all: nothing to forget */ }
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("form[data-leaving]")) return;
    try { forget(); } catch { /* the same */ }
  });

  focusSummary(document);
  announceToasts();
})();
