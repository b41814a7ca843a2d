// Progressive enhancement only: every page and every form works without this file.

// The box in a table's head picks all rows.
for (const all of document.querySelectorAll("[data-pick-all]")) {
  all.hidden = false;
  const boxes = document.querySelectorAll("input[name='id']");
  all.addEventListener("change", () => {
    for (const box of boxes) box.checked = all.checked;
  });
}

// What cannot be taken back is asked about once more.
for (const form of document.querySelectorAll("form")) {
  form.addEventListener("submit", (event) => {
    const question = event.submitter?.dataset.confirm ?? form.dataset.confirm;
    if (question && !window.confirm(question)) event.preventDefault();
  });
}

// Leaving a form with unsaved changes is asked about by the browser.
for (const form of document.querySelectorAll("form[data-guard]")) {
  let touched = false;
  form.addEventListener("input", () => (touched = true));
  form.addEventListener("submit", () => (touched = false));
  window.addEventListener("beforeunload", (event) => {
    if (touched) event.preventDefault();
  });
}

// A reference field offers names while one types.
for (const input of document.querySelectorAll("input[data-search]")) {
  const list = document.getElementById(input.getAttribute("list"));
  let timer;
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      const answer = await fetch(input.dataset.search + encodeURIComponent(input.value), {
        headers: { Accept: "application/json" },
      });
      if (!answer.ok || !list) return;
      const found = await answer.json();
      const option = ({ id, label }) => Object.assign(document.createElement("option"), { value: id, label });
      list.replaceChildren(...found.map(option));
    }, 200);
  });
}
