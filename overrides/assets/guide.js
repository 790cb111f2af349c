/* Small help for the guide. Without it every page reads just as well. */

(() => {
  "use strict";

  const FOLDS = "details:is(.right, .wrong, .check, .kin-more):not([open])";

  /* A meaning that is in the way goes with Escape, and comes back later. */
  addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const shown = document.querySelectorAll(".term:is(:hover, :focus-within)");
    for (const term of shown) {
      term.dataset.dismissed = "";
      const back = () => delete term.dataset.dismissed;
      term.addEventListener("pointerleave", back, { once: true });
      term.addEventListener("focusout", back, { once: true });
    }
  });

  /* A finger cannot point: its first touch shows, its second follows. */
  addEventListener(
    "click",
    (event) => {
      const link = event.target.closest?.(".term > a");
      if (!link || event.pointerType !== "touch") return;
      if (link.dataset.touched) return;
      event.preventDefault();
      event.stopPropagation();
      link.focus();
      link.dataset.touched = "yes";
      const forget = () => delete link.dataset.touched;
      link.addEventListener("blur", forget, { once: true });
    },
    true,
  );

  /* Paper has no folds. What is opened for it is closed after it. */
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll(FOLDS)];
    for (const fold of opened) fold.open = true;
  });
  addEventListener("afterprint", () => {
    for (const fold of opened) fold.open = false;
    opened = [];
  });
})();
