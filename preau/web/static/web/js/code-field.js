// Dashes come by themselves while a code is typed or pasted; the caret stays after the same character.
// <input data-groups="4">: groups of four. Spaces, dashes and case are forgiven, here and by the server.
(() => {
  "use strict";
  const kept = (text) => text.replace(/[^\p{L}\p{N}]/gu, "").toUpperCase();

  const grouped = (characters, size) => characters.match(new RegExp(`.{1,${size}}`, "gsu"))?.join("-") ?? "";

  // Where the caret stands once `count` characters of the code are on its left.
  const caretAfter = (text, count) => {
    let seen = 0;
    for (let index = 0; index < text.length; index += 1) {
      if (seen === count) return index;
      if (text[index] !== "-") seen += 1;
    }
    return text.length;
  };

  const format = (field, typed) => {
    const size = Number(field.dataset.groups);
    const before = kept(field.value.slice(0, field.selectionStart ?? field.value.length)).length;
    const text = grouped(kept(field.value), size);
    if (text === field.value) return;
    field.value = text;
    if (!typed) return;
    const caret = caretAfter(text, before);
    field.setSelectionRange(caret, caret);
  };

  document.addEventListener("input", (event) => {
    if (event.isComposing || !event.target.matches?.("[data-groups]")) return;
    format(event.target, true);
  });
  document.addEventListener("compositionend", (event) => {
    if (event.target.matches?.("[data-groups]")) format(event.target, true);
  });
  for (const field of document.querySelectorAll("[data-groups]")) format(field, false);
})();
