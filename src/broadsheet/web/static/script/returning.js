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

  /* A form that was refused did nothing: who goes back to mend what they wrote must find it, and
     a page that is fetched again has lost it. */
  const SENT = "broadsheet-sent";
  document.addEventListener("submit", (event) => {
    if (event.target.method !== "post") return;
    const before = acted();
    broadsheet.acted();
    try { sessionStorage.setItem(SENT, `${before} ${acted()}`); } catch { /* as above */ }
  });
  if (document.querySelector("[data-refused]")) {
    try {
      const [before, sent] = (sessionStorage.getItem(SENT) || "").split(" ").map(Number);
      if (sent && acted() === sent) localStorage.setItem(KEY, before);
    } catch { /* as above */ }
    /* The link leads to the page as it is; the browser's way back to it as it was left. */
    document.querySelector("[data-back] a")?.addEventListener("click", (event) => {
      if (history.length < 2 || !document.referrer.startsWith(`${location.origin}/`)) return;
      event.preventDefault();
      history.back();
    });
  }
  addEventListener("pageshow", (event) => {
    const [way] = performance.getEntriesByType("navigation");
    if (!event.persisted && way?.type !== "back_forward") {
      history.replaceState({ ...history.state, fetched }, "");
    } else if (isPage && acted() > (history.state?.fetched || 0)) {
      location.reload();
    }
  });
}
