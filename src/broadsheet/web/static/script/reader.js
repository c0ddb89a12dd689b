/* Acting on papers without leaving the page. The buttons belong to one form and work without this
   file; here they are sent aside, and only the buttons of that paper change: nothing moves. */
{
  const form = document.getElementById("act");
  const line = document.getElementById("said");

  const KINDS = new Set(["upvote", "save", "read", "hide", "not_interested", "rate_up",
    "rate_down"]);
  const verb = (button) => button.value.replace(/^-/, "").split(" ")[0];

  const put = (work, { acts, gone }) => {
    for (const item of document.querySelectorAll(`[data-work="${work}"]`)) {
      const old = item.querySelector(".acts");
      if (!old) continue;
      const held = old.contains(document.activeElement) ? verb(document.activeElement) : "";
      old.outerHTML = acts;
      item.removeAttribute("data-gone");
      item.toggleAttribute("data-going", gone);
      if (!held) continue;
      const buttons = [...item.querySelectorAll(".acts button")];
      (buttons.find((button) => verb(button) === held) || buttons[0])?.focus();
    }
  };

  const say = (text) => {
    line.textContent = "";
    const words = document.createElement("p");
    words.textContent = text;
    line.append(words);
  };

  /* Waits its turn, so that an act and its undoing arrive in this order. */
  let last = Promise.resolve();
  const act = (value, extra) => {
    last = last.then(() => send(value, extra)).catch(() => {
      say("This could not be sent: the paper does not answer. Nothing was changed.");
    });
  };

  const send = async (value, extra) => {
    const body = new URLSearchParams(new FormData(form));
    body.set("act", value);
    for (const [name, text] of extra) body.set(name, text);
    const answer = await fetch(form.action, {
      method: "POST",
      body,
      headers: { "X-Enhanced": "1", Accept: "application/json" },
    });
    const told = await answer.json();
    if (!answer.ok) { say(told.detail || told.title); return; }
    broadsheet.acted();
    line.innerHTML = told.said;
    for (const [work, state] of Object.entries(told.papers)) put(work, state);
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("button[form=act][name=act]");
    // Lists and follows stand elsewhere on the page, too: it is loaded anew for them.
    if (!button || !form || !KINDS.has(verb(button))) return;
    event.preventDefault();
    const extra = button.dataset.undo === undefined
      ? []
      : [...line.querySelectorAll("input[name=note]")].map((input) => [input.name, input.value]);
    act(button.value, extra);
  });

  const here = () => document.activeElement.closest("[data-work]")
    || document.querySelector("article.paper[data-work]");
  const press = (kind) => () => {
    const buttons = here()?.querySelectorAll(".acts button") || [];
    [...buttons].find((button) => verb(button) === kind)?.click();
  };

  if (form) {
    Object.assign(broadsheet.keys, {
      v: press("upvote"),
      s: press("save"),
      r: press("read"),
      x: press("not_interested"),
      z: () => {
        // After an undoing the next key goes one further back; the button would do it again.
        const undo = line.querySelector('[data-undo][value^="-"]');
        if (undo) undo.click(); else act("undo", []);
      },
    });
  }
}
