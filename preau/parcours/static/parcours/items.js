// Putting lines in order: two buttons move a line, and the numbers that are sent follow. Without this file, one
// chooses the numbers.
(() => {
  "use strict";
  const number = (list) => {
    const lines = [...list.children];
    lines.forEach((line, index) => {
      line.querySelector("select").value = String(index + 1);
      line.querySelector(".sim-place").textContent = `${index + 1}.`;
      line.querySelector("[data-move='-1']").disabled = index === 0;
      line.querySelector("[data-move='1']").disabled = index === lines.length - 1;
    });
  };

  const button = (step, words, icon) => {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "btn";
    made.dataset.move = step;
    made.setAttribute("aria-label", words);
    const drawing = document.createElement("i");
    drawing.className = `bi ${icon}`;
    drawing.setAttribute("aria-hidden", "true");
    made.append(drawing);
    return made;
  };

  const arm = (line) => {
    const select = line.querySelector("select");
    const label = line.querySelector("label");
    const words = label.textContent.trim();
    const text = document.createElement("span");
    const place = document.createElement("span");
    place.className = "sim-place";
    const step = document.createElement("span");
    step.textContent = words;
    text.className = "sim-step";
    text.append(place, step);
    label.replaceWith(text);
    select.hidden = true;
    const moves = document.createElement("span");
    moves.className = "sim-moves";
    moves.append(button("-1", `Monter : ${words}`, "bi-arrow-up"), button("1", `Descendre : ${words}`, "bi-arrow-down"));
    line.append(moves);
  };

  const tell = (list, words) => {
    const region = list.parentElement.querySelector("[role='status']");
    region.textContent = words;
  };

  const move = (pressed) => {
    const line = pressed.closest("li");
    const list = line.parentElement;
    if (pressed.dataset.move === "-1") line.previousElementSibling.before(line);
    else line.nextElementSibling.after(line);
    number(list);
    // A button at the end of the list is disabled: the focus goes to its neighbour rather than nowhere.
    (pressed.disabled ? line.querySelector("[data-move]:not(:disabled)") : pressed).focus();
    tell(list, `En place ${[...list.children].indexOf(line) + 1} sur ${list.children.length}`);
  };

  const start = (root) => {
    for (const list of root.querySelectorAll("[data-order]:not([data-armed])")) {
      list.dataset.armed = "";
      const region = document.createElement("p");
      region.className = "visually-hidden";
      region.setAttribute("role", "status");
      list.after(region);
      [...list.children].forEach(arm);
      number(list);
    }
  };

  document.addEventListener("click", (event) => {
    const pressed = event.target.closest?.("[data-order] [data-move]");
    if (pressed) move(pressed);
  });
  document.addEventListener("htmx:load", (event) => start(event.detail.elt));
  start(document);
})();
