/* Filters the lookup. Without it the whole table stands there, as readable. */

(() => {
  "use strict";

  /* What is typed may be a part, in any case: "tcp" finds ThreadingTCPServer.
     A whole name stands for itself: "handle" is not "handle_error". */
  function matcher(typed, names) {
    const wanted = typed.trim().replace(/\(\)$/, "").toLowerCase();
    const whole = names.some((name) => name.toLowerCase() === wanted);
    return (name) =>
      whole ? name.toLowerCase() === wanted
            : name.toLowerCase().includes(wanted);
  }

  function choices(field) {
    return [...field.list.options].map((option) => option.value);
  }

  function filter(form, sections) {
    const fields = form.elements;
    const isMethod = matcher(fields.method.value, choices(fields.method));
    const isClass = matcher(fields.class.value, choices(fields.class));
    let count = 0;
    for (const { heading, table } of sections) {
      let shown = 0;
      for (const row of table.tBodies[0].rows) {
        const hit =
          isMethod(heading.id) && isClass(row.cells[0].textContent.trim());
        row.classList.toggle("lookup-out", !hit);
        shown += hit;
      }
      heading.classList.toggle("lookup-out", !shown);
      table.classList.toggle("lookup-out", !shown);
      count += shown;
    }
    form.querySelector("output").textContent =
      count === 0 ? advice(fields)
        : count === 1 ? "1 answer" : `${count} answers`;
  }

  /* Whoever gets no answer is told which name it was, and what to do. */
  function advice({ method, class: cls }) {
    for (const [field, kind] of [[method, "method"], [cls, "public class"]]) {
      if (!choices(field).some(matcher(field.value, choices(field)))) {
        return `0 answers: no ${kind} is called “${field.value.trim()}”. ` +
          "Choose a name from the list of the field, or clear it.";
      }
    }
    return `0 answers: “${cls.value.trim()}” has no method ` +
      `“${method.value.trim()}”. Clear one of the two to see which it has, ` +
      "or who has it.";
  }

  /* A link such as ?method=shutdown&class=UDPServer brings the question. */
  function start() {
    const form = document.querySelector(".lookup-filter");
    if (!form) return;
    const sections = [...document.querySelectorAll("h2.lookup-name")].map(
      (heading) => ({
        heading,
        table: heading.parentElement.querySelector(
          `#${CSS.escape(heading.id)} ~ table, ` +
          `#${CSS.escape(heading.id)} ~ * table`,
        ),
      }),
    );
    const asked = new URLSearchParams(location.search);
    for (const field of form.querySelectorAll("input")) {
      field.value = asked.get(field.name) ?? "";
    }
    form.hidden = false;
    form.addEventListener("input", () => filter(form, sections));
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("reset", () => {
      for (const field of form.querySelectorAll("input")) field.value = "";
      filter(form, sections);
    });
    addEventListener("hashchange", () => show(form, sections));
    filter(form, sections);
  }

  /* Whoever follows a link to a method sees it, whatever was typed before. */
  function show(form, sections) {
    const name = decodeURIComponent(location.hash.slice(1));
    const target = sections.find(({ heading }) => heading.id === name);
    if (target?.heading.classList.contains("lookup-out")) {
      form.reset();
      target.heading.scrollIntoView();
    }
  }

  document$.subscribe(start);
})();
