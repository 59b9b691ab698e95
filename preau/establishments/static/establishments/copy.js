// A button that copies the field it names. Without this file, the field is selected and copied by hand.
(() => {
  "use strict";
  for (const button of document.querySelectorAll("[data-copy]")) {
    if (!navigator.clipboard) continue;
    const field = document.getElementById(button.dataset.copy);
    const said = document.getElementById(button.getAttribute("aria-describedby"));
    button.hidden = false;
    button.addEventListener("click", async () => {
      field.select();
      await navigator.clipboard.writeText(field.value);
      said.textContent = button.dataset.copied || "Lien copié.";
    });
  }
})();
