// « Voir » shows what is typed in a password field; the field hides again before it is sent.
(() => {
  "use strict";
  const show = (button, shown) => {
    const field = document.getElementById(button.getAttribute("aria-controls"));
    if (!field) return;
    field.type = shown ? "text" : "password";
    button.setAttribute("aria-pressed", String(shown));
    button.querySelector(".bi")?.classList.replace(shown ? "bi-eye" : "bi-eye-slash", shown ? "bi-eye-slash" : "bi-eye");
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-show-password]");
    if (button) show(button, button.getAttribute("aria-pressed") !== "true");
  });
  document.addEventListener("submit", (event) => {
    for (const button of event.target.querySelectorAll("[data-show-password]")) show(button, false);
  }, true);
})();
