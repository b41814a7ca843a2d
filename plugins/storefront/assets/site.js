// Progressive enhancement only: every page and every form works without this file.
// A form's address is read as an attribute: `form.action` may be a field of that name.

const root = document.documentElement;
root.classList.add("js");

// A number field inside [data-stepper] gets a minus and a plus button.
for (const stepper of document.querySelectorAll("[data-stepper]")) {
  const input = stepper.querySelector("input");
  const step = (delta, label, text) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = text;
    button.setAttribute("aria-label", label);
    button.addEventListener("click", () => {
      const least = Number(input.min || 0);
      const most = input.max === "" ? Infinity : Number(input.max);
      const next = Math.min(most, Math.max(least, Number(input.value || 0) + delta));
      if (String(next) !== input.value) {
        input.value = String(next);
        input.dispatchEvent(new Event("change", { bubbles: true }));
      }
    });
    return button;
  };
  input.before(step(-1, stepper.dataset.less, "\u2212"));
  input.after(step(1, stepper.dataset.more, "+"));
  stepper.classList.add("has-buttons");
}

// A form with [data-submit-on-change] sends itself; its button is then not needed.
for (const form of document.querySelectorAll("form[data-submit-on-change]")) {
  form.addEventListener("change", () => form.requestSubmit());
}

// The chosen variant's price and stock take the place of the first one's.
for (const choice of document.querySelectorAll("[data-variants]")) {
  const show = () => {
    const chosen = choice.querySelector("input:checked") ?? choice.querySelector("option:checked");
    const source = chosen && document.getElementById(chosen.dataset.offer);
    const target = document.querySelector("[data-offer-target]");
    if (source && target) target.replaceChildren(source.content.cloneNode(true));
  };
  choice.addEventListener("change", show);
}

// Adding to the cart stays on the page: the answer's cart count is taken over and a short note is shown.
for (const form of document.querySelectorAll("form[data-add-to-cart]")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = event.submitter ?? form.querySelector("button");
    button.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(form.getAttribute("action"), {
        method: "POST",
        body: new URLSearchParams(new FormData(form)),
        headers: { Accept: "text/html" },
      });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const problem = page.querySelector("[data-problem]");
      const count = page.querySelector("[data-cart-count]");
      const shown = document.querySelector("[data-cart-count]");
      if (!answer.ok && !problem) throw new Error(String(answer.status));
      if (count && shown) shown.replaceWith(count);
      toast(problem ? problem.textContent : form.dataset.added, problem ? null : form.dataset);
    } catch {
      form.submit();
    } finally {
      button.removeAttribute("aria-busy");
    }
  });
}

// A change of country asks for the delivery and payment options anew; what was typed stays.
const checkout = document.querySelector("form[data-checkout]");
if (checkout) {
  checkout.addEventListener("change", async (event) => {
    if (!event.target.matches("[data-refresh]")) return;
    const body = new URLSearchParams(new FormData(checkout));
    body.set("action", "refresh");
    const answer = await fetch(checkout.getAttribute("action"), { method: "POST", body, headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of document.querySelectorAll("[data-refreshed]")) {
      const fresh = page.getElementById(part.id);
      if (fresh) part.replaceChildren(...fresh.childNodes);
    }
  });
  checkout.addEventListener("submit", (event) => {
    if (checkout.dataset.sent) event.preventDefault();
    checkout.dataset.sent = "true";
  });
  window.addEventListener("pageshow", () => delete checkout.dataset.sent);
}

function toast(text, link) {
  document.querySelector(".toast")?.remove();
  const note = document.createElement("div");
  note.className = "toast";
  note.setAttribute("role", "status");
  note.append(Object.assign(document.createElement("span"), { textContent: text.trim() }));
  if (link?.cartUrl) {
    note.append(Object.assign(document.createElement("a"), { href: link.cartUrl, textContent: link.cartLabel }));
  }
  document.body.append(note);
  setTimeout(() => note.remove(), 6000);
}
