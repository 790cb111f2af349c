/* What the theme's pages lack. Without it every page reads just as well. */

(() => {
  "use strict";

  /* Who hears the page, and does not see it, needs a name for the search. */
  function nameTheSearch() {
    const search = document.querySelector("[data-md-component=search]");
    const field = search?.querySelector("input");
    search?.setAttribute("aria-label", field?.placeholder ?? "Search");
  }

  /* Two classes may both have a part "For callers": say whose it is. */
  function nameTheParts() {
    for (const part of document.querySelectorAll(".md-nav--secondary nav nav")) {
      const whole = part.parentElement.closest("nav");
      part.ariaLabel = `${whole.ariaLabel}: ${part.ariaLabel}`;
    }
  }

  /* A link may lead into a fold. New browsers open it, others are helped. */
  function unfold() {
    const name = decodeURIComponent(location.hash.slice(1));
    const fold = document.getElementById(name)?.closest("details:not([open])");
    if (fold) {
      fold.open = true;
      fold.scrollIntoView();
    }
  }

  /* The theme's own signal: a page was loaded, or swapped in. */
  document$.subscribe(() => {
    nameTheSearch();
    nameTheParts();
    unfold();
  });
  addEventListener("hashchange", unfold);
})();
