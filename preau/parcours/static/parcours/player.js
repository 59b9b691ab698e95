// What makes the player easier: an answer that waits for the network, a voice, larger words. Without this file, the
// same forms are sent as any other.
//
// An answer is first kept in localStorage, then sent; it leaves the browser's memory once the server has it. Sent twice
// (the connection was cut after it arrived), it is kept once: each carries its own key. It does not outlive its pupil:
// page.js empties this memory when they leave, or when somebody else is in.
(() => {
  "use strict";
  const KEPT = "preau:answers";
  const LARGER = "preau:larger";
  const DAY_MS = 86_400_000;
  const RETRY_MS = 4000;
  const place = document.querySelector("[data-offline]");
  const attempt = place?.dataset.attempt;
  const whose = document.querySelector("[data-whose]")?.dataset.whose;
  const form = document.querySelector("form[data-queue]");
  let timer = 0;
  let sending = false;

  const stored = () => {
    try {
      return JSON.parse(localStorage.getItem(KEPT) ?? "[]").filter((one) => Date.now() - one.at < DAY_MS);
    } catch {
      return [];
    }
  };
  const store = (answers) => {
    try { localStorage.setItem(KEPT, JSON.stringify(answers)); } catch { /* private browsing: it leaves at once, or not */ }
  };
  const mine = () => stored().find((one) => one.attempt === attempt);
  const keep = (answer) => store([...stored().filter((one) => one.attempt !== attempt), answer]);
  const forget = () => store(stored().filter((one) => one.attempt !== attempt));

  // Say it where screen readers listen; an empty sentence hides it.
  const say = (kind, words) => {
    place.hidden = !words;
    place.className = words ? `note note-${kind} mb-4` : "mb-4";
    if (place.textContent !== words) place.textContent = words;
  };

  const idle = () => {
    sending = false;
    if (!form) return;
    delete form.dataset.waiting;
    for (const button of form.querySelectorAll("[aria-busy]")) {
      button.removeAttribute("aria-busy");
      button.textContent = button.dataset.idle;
    }
  };

  const later = () => {
    sending = false;
    say("warn", place.dataset.cut);
    clearTimeout(timer);
    timer = setTimeout(flush, RETRY_MS);
  };

  const token = () => document.querySelector("input[name=csrfmiddlewaretoken]")?.value ?? "";

  const flush = async () => {
    const answer = mine();
    if (!answer || sending) return;
    sending = true;
    const body = new URLSearchParams(answer.body);
    body.set("csrfmiddlewaretoken", token());
    let reply;
    try {
      reply = await fetch(answer.url, {
        method: "POST", body, headers: { Accept: "application/json" }, credentials: "same-origin",
      });
    } catch {
      later();
      return;
    }
    await hear(reply, answer);
  };

  const hear = async (reply, answer) => {
    if (reply.status >= 500) { later(); return; }
    if (reply.ok && !reply.redirected) {
      const { next } = await reply.json();
      forget();
      location.replace(next);
    } else if (reply.status === 422) {
      const { refusal } = await reply.json();
      forget();
      idle();
      say("warn", refusal);
      place.tabIndex = -1;
      place.focus();
    } else if (reply.status === 404) {
      forget();
      location.reload();
    } else if (!answer.again) {
      // The hour is over: the page asks who is there, and the answer leaves when it comes back.
      keep({ ...answer, again: true });
      location.reload();
    } else {
      forget();
      idle();
    }
  };

  form?.addEventListener("submit", (event) => {
    event.preventDefault();
    if ("waiting" in form.dataset) { flush(); return; }
    form.dataset.waiting = "";
    const body = new URLSearchParams(new FormData(form));
    const pressed = event.submitter;
    if (pressed?.name) body.set(pressed.name, pressed.value);
    if (pressed?.dataset.busy) {
      pressed.dataset.idle = pressed.textContent;
      pressed.textContent = pressed.dataset.busy;
      pressed.setAttribute("aria-busy", "true");
    }
    keep({ attempt, whose, url: form.action, body: body.toString(), at: Date.now() });
    flush();
  });

  window.addEventListener("online", flush);
  window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

  // Larger words, kept from one question to the next.
  const larger = document.querySelector("[data-larger]");
  const enlarge = (on) => {
    document.documentElement.classList.toggle("larger", on);
    larger?.setAttribute("aria-pressed", String(on));
  };
  const wasLarger = () => { try { return localStorage.getItem(LARGER) === "1"; } catch { return false; } };
  enlarge(wasLarger());
  larger?.addEventListener("click", () => {
    const on = larger.getAttribute("aria-pressed") !== "true";
    enlarge(on);
    try { localStorage.setItem(LARGER, on ? "1" : "0"); } catch { /* only for this page then */ }
  });

  // Reading aloud, where the browser has a voice.
  const aloud = document.querySelector("[data-aloud]");
  const words = () => [...document.querySelectorAll("[data-read]")].map((part) => part.innerText).join("\n");
  if (aloud && "speechSynthesis" in window) {
    aloud.hidden = false;
    const quiet = () => { aloud.setAttribute("aria-pressed", "false"); };
    aloud.addEventListener("click", () => {
      const speaking = aloud.getAttribute("aria-pressed") === "true";
      speechSynthesis.cancel();
      if (speaking) { quiet(); return; }
      const voice = new SpeechSynthesisUtterance(words());
      voice.lang = "fr-FR";
      voice.rate = 0.95;
      voice.addEventListener("end", quiet);
      voice.addEventListener("error", quiet);
      aloud.setAttribute("aria-pressed", "true");
      speechSynthesis.speak(voice);
    });
    window.addEventListener("pagehide", () => speechSynthesis.cancel());
  }
  const comfort = document.querySelector("[data-comfort]");
  if (comfort) comfort.hidden = false;

  if (place) flush();
})();
