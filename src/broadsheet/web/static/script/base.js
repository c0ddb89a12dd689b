/* Every page works without this script. The files of this folder are joined in the order of their
   names; they share what stands in `broadsheet`. */
"use strict";

const broadsheet = {
  /* The box that "/" goes to: the page's own search before the one in the bar. */
  box: document.querySelector("main input[type=search]")
    || document.querySelector("input[type=search]"),

  /* Of all papers that are shown at length. */
  titles: () => [...document.querySelectorAll("[data-item] h3 a")]
    .filter((title) => title.offsetParent),

  /* Place of the paper that has the focus among the titles, -1 for none. */
  current(all) {
    const item = document.activeElement.closest("[data-item]");
    return item ? all.indexOf(item.querySelector("h3 a")) : -1;
  },

  step(by) {
    const all = broadsheet.titles();
    const next = Math.min(Math.max(broadsheet.current(all) + by, 0), all.length - 1);
    if (all[next]) {
      all[next].focus({ preventScroll: true });
      all[next].scrollIntoView({ block: "nearest" });
    }
  },

  /* Single keys: a file adds its own here; what a key does takes no argument. */
  keys: {},
};
