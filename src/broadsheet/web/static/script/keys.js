/* Keys. Single keys can be switched off (WCAG 2.1.4); the choice stays in this browser. */
{
  const STORE = "broadsheet.keys";
  const remembered = () => {
    try { return localStorage.getItem(STORE); } catch { return null; }
  };
  const remember = (value) => {
    try { localStorage.setItem(STORE, value); } catch { /* a private window: for this page only */ }
  };
  let keysOn = remembered() !== "off";

  const { box, keys } = broadsheet;
  const dialog = document.getElementById("keys");
  keys["/"] = () => { if (box) { box.focus(); box.select(); } };
  keys.j = () => broadsheet.step(1);
  keys.k = () => broadsheet.step(-1);
  keys.o = () => {
    const all = broadsheet.titles();
    const at = broadsheet.current(all);
    if (at >= 0) all[at].click();
  };
  keys["?"] = () => dialog.showModal();

  const typing = (target) => target.matches("input, textarea, select, [contenteditable]");

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && event.target === box) { box.blur(); return; }
    if (!keysOn || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (typing(event.target) || document.querySelector("dialog[open]")) return;
    const action = Object.hasOwn(keys, event.key) && keys[event.key];
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
}
