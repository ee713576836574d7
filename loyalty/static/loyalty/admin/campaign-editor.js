// The editor's buttons without a load of the page: the server draws the form, this puts it in its place.
// Without this file everything works the same, with a load of the page at each button.
(() => {
  "use strict";

  const form = document.querySelector("form[data-campaign-editor]");
  if (!form) return;
  document.documentElement.classList.add("ce-scripted");

  const note = form.querySelector("[data-note]");
  let pending = null;

  const body = () => form.querySelector("[data-editor-body]");

  async function post(command) {
    const data = new FormData(form);
    data.delete("do");
    data.append("do", command);
    if (pending) pending.abort();
    pending = new AbortController();
    const answer = await fetch(window.location.href, {
      method: "POST",
      body: data,
      credentials: "same-origin",
      redirect: "error",
      signal: pending.signal,
    });
    if (!answer.ok) throw new Error(answer.statusText);
    return new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-editor-body]");
  }

  function restore(focused) {
    const wanted = body().dataset.focus || focused;
    const target = wanted && document.getElementById(wanted);
    if (target) target.focus();
  }

  async function redraw(command) {
    const focused = document.activeElement ? document.activeElement.id : "";
    form.setAttribute("aria-busy", "true");
    body().inert = true; // what is typed now would be lost with the boxes that are replaced
    note.textContent = form.dataset.waiting;
    try {
      const drawn = await post(command);
      if (!drawn) throw new Error("no form");
      const open = new Set([...body().querySelectorAll("details[open] > summary")].map((one) => one.textContent));
      body().replaceWith(document.adoptNode(drawn));
      for (const summary of body().querySelectorAll("details > summary")) {
        if (open.has(summary.textContent)) summary.parentElement.open = true;
      }
      note.textContent = body().dataset.said || "";
      restore(focused);
    } catch (error) {
      if (error.name === "AbortError") return;
      body().inert = false;
      note.textContent = form.dataset.failed;
    }
    form.removeAttribute("aria-busy");
  }

  // The sentence follows what is typed; nothing else is touched, so the cursor stays where it is.
  async function retell() {
    if (form.hasAttribute("aria-busy")) return;
    try {
      const drawn = await post("redraw");
      const told = drawn && drawn.querySelector("[data-sentence]");
      if (told) body().querySelector("[data-sentence]").textContent = told.textContent;
    } catch (error) {
      if (error.name !== "AbortError") note.textContent = form.dataset.failed;
    }
  }

  form.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (!button || button.name !== "do") return;
    event.preventDefault();
    redraw(button.value);
  });

  form.addEventListener("change", (event) => {
    if (event.target.matches("[data-redraw]")) redraw("redraw");
    else retell();
  });
})();
