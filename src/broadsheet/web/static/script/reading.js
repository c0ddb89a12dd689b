/* Whether an abstract says what its sentences do is remembered in this browser; the box itself
   works by style alone. Escape puts away what a short form means (WCAG 1.4.13). */
{
  const STORE = "broadsheet.roles";
  const box = document.getElementById("roles");
  if (box) {
    try { box.checked = localStorage.getItem(STORE) !== "off"; } catch { /* a private window */ }
    box.addEventListener("change", () => {
      try { localStorage.setItem(STORE, box.checked ? "on" : "off"); } catch { /* only now */ }
    });
  }
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    document.activeElement.closest?.(".short")?.blur();
    for (const short of document.querySelectorAll(".short:hover")) short.classList.add("away");
  });
  document.addEventListener("pointerout", (event) => {
    event.target.closest?.(".short.away")?.classList.remove("away");
  });
}
