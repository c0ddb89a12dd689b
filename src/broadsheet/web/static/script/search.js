/* Search as you type, and why a paper was found. The server draws the results; here they are
   fetched and put in place. What is on the page stays until the answer is there, so nothing
   jumps. */
{
  const form = document.querySelector("form[data-live]");
  const results = document.getElementById("results");

  const follow = () => {
    const { box } = broadsheet;
    // A key's results are asked for this many milliseconds after it, unless another one comes.
    const PAUSE = 40;
    let timer = 0;
    let pending = null;
    let shown = box.value;

    const pageAddress = () => `${form.action}?${new URLSearchParams(new FormData(form))}`;

    const refresh = async () => {
      const asked = box.value;
      pending?.abort();
      if (asked === shown) return;
      const address = pageAddress();
      const own = new AbortController();
      pending = own;
      try {
        const answer = await fetch(`${form.dataset.live}?${address.split("?")[1]}`, {
          signal: own.signal,
          headers: { Accept: "text/html" },
        });
        if (!answer.ok) { form.submit(); return; }
        const drawn = await answer.text();
        if (own.signal.aborted) return;
        results.innerHTML = drawn;
        shown = asked;
        history.replaceState(history.state, "", address);
        const head = asked.trim() ? `${asked.trim()}: ` : "";
        document.title = `${head}${document.title.replace(/^.*: (?=Search · )/, "")}`;
      } catch (error) {
        if (error.name !== "AbortError") form.submit();
      }
    };

    box.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(refresh, PAUSE);
    });
    form.addEventListener("submit", (event) => {
      if (box.value === shown && results.querySelector("[data-item]")) {
        event.preventDefault();
        broadsheet.step(1);
      }
    });
  };

  /* Opens the reason under a result, and closes it again. */
  const why = async (link) => {
    const line = link.parentElement;
    const old = line.nextElementSibling;
    if (old?.classList.contains("reason")) {
      old.hidden = !old.hidden;
      link.setAttribute("aria-expanded", String(!old.hidden));
      return;
    }
    if (link.dataset.why === "asked") return;
    link.dataset.why = "asked";
    try {
      const answer = await fetch(`${link.href}&part=1`, { headers: { Accept: "text/html" } });
      if (!answer.ok) { location.assign(link.href); return; }
      line.insertAdjacentHTML("afterend", await answer.text());
      link.setAttribute("aria-expanded", "true");
    } catch {
      location.assign(link.href);
    } finally {
      link.dataset.why = "";
    }
  };

  const chosen = (name) => {
    const item = document.activeElement.closest("[data-item]");
    item?.querySelector(`a[data-${name}]`)?.click();
  };

  if (form && results) {
    follow();
    results.addEventListener("click", (event) => {
      const link = event.target.closest("a[data-why]");
      if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
      event.preventDefault();
      why(link);
    });
    broadsheet.keys.w = () => chosen("why");
    broadsheet.keys.m = () => chosen("more");
    broadsheet.keys.l = () => chosen("less");
  }
}
