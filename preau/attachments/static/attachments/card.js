// The QR code of a card opens /carte/#CODE: what follows # never reaches the server nor its logs.
// Put it in the field, then take it out of the address, so that it stays neither in the history nor on a projected screen.
(() => {
  "use strict";
  const field = document.querySelector("[data-card-form] input[name=code]");
  const take = () => {
    if (!field || location.hash.length < 2) return;
    let code = location.hash.slice(1);
    try { code = decodeURIComponent(code); } catch { /* typed by hand: keep it as it is */ }
    history.replaceState(null, "", location.pathname + location.search);
    field.value = code.slice(0, 60);
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.form.querySelector("button[type=submit]").focus();
  };
  window.addEventListener("hashchange", take);
  take();
})();
