/* Keys and search as you type. Every page works without this file. */
(() => {
  "use strict";

  // Keys -------------------------------------------------------------------
  // Single keys can be switched off (WCAG 2.1.4); the choice stays in this browser.

  const STORE = "broadsheet.keys";
  const remembered = () => {
    try { return localStorage.getItem(STORE); } catch { return null; }
  };
  const remember = (value) => {
    try { localStorage.setItem(STORE, value); } catch { /* a private window: for this page only */ }
  };
  let keysOn = remembered() !== "off";

  const dialog = document.getElementById("keys");
  const box = document.querySelector("main input[type=search]")
    || document.querySelector("input[type=search]");
  const titles = () => [...document.querySelectorAll("[data-item] h3 a")];
  const current = (all) => {
    const item = document.activeElement.closest("[data-item]");
    return item ? all.indexOf(item.querySelector("h3 a")) : -1;
  };

  const step = (by) => {
    const all = titles();
    const next = Math.min(Math.max(current(all) + by, 0), all.length - 1);
    if (all[next]) {
      all[next].focus({ preventScroll: true });
      all[next].scrollIntoView({ block: "nearest" });
    }
  };
  const open = () => {
    const all = titles();
    const at = current(all);
    if (at >= 0) all[at].click();
  };
  const actions = {
    "/": () => { box.focus(); box.select(); },
    j: () => step(1),
    k: () => step(-1),
    o: open,
    "?": () => dialog.showModal(),
  };

  const typing = (target) => target.matches("input, textarea, select, [contenteditable]");

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && event.target === box) { box.blur(); return; }
    if (!keysOn || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (typing(event.target) || dialog.open) return;
    const action = Object.hasOwn(actions, event.key) && actions[event.key];
    if (action) { event.preventDefault(); action(); }
  });

  const choice = dialog.querySelector("input[type=checkbox]");
  choice.checked = keysOn;
  choice.addEventListener("change", () => {
    keysOn = choice.checked;
    remember(keysOn ? "on" : "off");
  });
  dialog.querySelector("button").addEventListener("click", () => dialog.close());
  document.querySelector("[data-keys]").addEventListener("click", (event) => {
    event.preventDefault();
    dialog.showModal();
  });

  // Search as you type -------------------------------------------------------
  // The server draws the results; here they are fetched and put in place. What is on the
  // page stays until the answer is there, so nothing jumps.

  const form = document.querySelector("form[data-live]");
  const results = document.getElementById("results");
  if (!form || !results) return;

  const PAUSE = 140;
  let timer = 0;
  let pending = null;
  let shown = box.value;

  const pageAddress = () => {
    const query = new URLSearchParams(new FormData(form));
    return `${form.action}?${query}`;
  };

  const refresh = async () => {
    if (box.value === shown) return;
    const asked = box.value;
    const address = pageAddress();
    pending?.abort();
    pending = new AbortController();
    try {
      const answer = await fetch(`${form.dataset.live}?${address.split("?")[1]}`, {
        signal: pending.signal,
        headers: { Accept: "text/html" },
      });
      if (!answer.ok) { form.submit(); return; }
      results.innerHTML = await answer.text();
      shown = asked;
      history.replaceState(null, "", address);
      document.title = document.title.replace(/^(.*?: )?/, asked.trim() ? `${asked.trim()}: ` : "");
    } catch (error) {
      if (error.name !== "AbortError") form.submit();
    }
  };

  box.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(refresh, PAUSE);
  });
  form.addEventListener("submit", (event) => {
    if (box.value === shown && results.childElementCount) { event.preventDefault(); step(1); }
  });
})();
