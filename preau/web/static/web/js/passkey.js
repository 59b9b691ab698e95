// A passkey is made or asked by the browser; the answer goes in an ordinary form.
"use strict";

for (const form of document.querySelectorAll("form[data-passkey]")) {
  const button = form.querySelector("[data-passkey-go]");
  const answer = form.querySelector("input[name=credential]");
  const said = form.querySelector("[data-passkey-said]");
  if (!window.webauthnJSON || !window.webauthnJSON.supported()) continue;
  said.textContent = "";
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      const options = JSON.parse(form.dataset.options);
      const made = await window.webauthnJSON[form.dataset.passkey](options);
      answer.value = JSON.stringify(made);
      form.submit();
    } catch {
      said.textContent = form.dataset.failed;
    }
  });
}
