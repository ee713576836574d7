/* The tree of cards loads as it is opened. Without this script each node leads to a page of its children. */
(() => {
  "use strict";

  const load = async (address, holder, tree) => {
    holder.setAttribute("aria-busy", "true");
    try {
      const part = new URL(address, window.location.href);
      part.searchParams.set("part", "1");
      const answer = await fetch(part, { credentials: "same-origin" });
      if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      holder.replaceWith(...page.body.childNodes);
    } catch {
      holder.removeAttribute("aria-busy");
      holder.textContent = tree.dataset.failed;
      holder.setAttribute("role", "alert");
    }
  };

  document.addEventListener("toggle", (event) => {
    const node = event.target;
    const tree = node instanceof Element && node.closest("[data-loyalty-tree]");
    if (!tree || !node.open) return;
    const holder = node.querySelector(":scope > [data-loyalty-children]");
    if (!holder || holder.hasAttribute("aria-busy")) return;
    const address = holder.dataset.loyaltyChildren;
    holder.textContent = tree.dataset.loading;
    load(address, holder, tree);
  }, true);

  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element && event.target.closest("a[data-loyalty-more]");
    const tree = link && link.closest("[data-loyalty-tree]");
    if (!tree || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    const item = link.closest("li");
    const address = link.href;
    const list = item.parentElement;
    item.textContent = tree.dataset.loading;
    const at = list.children.length - 1;
    load(address, item, tree).then(() => {
      // What came is a list of its own: its nodes go on in this one.
      const inner = list.querySelector(":scope > ul");
      if (inner) inner.replaceWith(...inner.childNodes);
      const next = list.children[at];
      const target = next && next.querySelector("a, summary");
      if (target) target.focus();
    });
  });
})();
