/* Coming back to a page that something was done since. Browsers show what they kept of it, whatever
   was said of caches: a vote taken elsewhere looked as if it had never been. It is fetched again. */
{
  const fetched = Date.now();
  const KEY = "broadsheet-acted";
  const acted = () => {
    try { return Number(localStorage.getItem(KEY)); } catch { return 0; }
  };
  broadsheet.acted = () => {
    try { localStorage.setItem(KEY, Date.now()); } catch { /* then pages stay as they were kept */ }
  };

  /* The answer to a form has another address than its page: it cannot be fetched, only sent again. */
  const back = document.querySelector("#act input[name=back]");
  const isPage = back && new URL(back.value, location).pathname === location.pathname;

  document.addEventListener("submit", (event) => {
    if (event.target.method === "post") broadsheet.acted();
  });
  addEventListener("pageshow", (event) => {
    const [way] = performance.getEntriesByType("navigation");
    if (!event.persisted && way?.type !== "back_forward") {
      history.replaceState({ ...history.state, fetched }, "");
    } else if (isPage && acted() > (history.state?.fetched || 0)) {
      location.reload();
    }
  });
}
