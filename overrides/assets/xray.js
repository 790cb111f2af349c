/* <xray-player>: a recorded run, to be walked through step by step.

   In it lie, made at build time: the tracks (a picture), the data (JSON) and
   the text twin (a list of all steps). What a step says is read from the
   twin. Without this script, tracks and twin are what the reader has. */

(() => {
  "use strict";

  const WORDS = {
    first: "First step",
    previous: "Previous step",
    next: "Next step",
    lane: "Next in lane",
    call: "Next call",
    play: "Play",
    pause: "Pause",
    speed: "Speed",
    speeds: [[1600, "slow"], [900, "steady"], [350, "quick"]],
    step: "Step",
    of: "of",
    link: "Link to this step",
    lanes: "Lanes",
    runs: "runs",
    asleep: "not started",
    again: "goes on at step",
    stack: "Calls that are open",
    outside: "Outside of any call",
    asked: "Asked in this order, the MRO of",
    has: "has it",
    without: "asked, does not have it",
    passed: "has one too, and is passed over",
    behind: "not asked",
    also: "not asked, has one too",
    number: "number",
    mro: "of the MRO of",
    values: "Values of this step",
    before: "changed before",
    returned: "returned",
    error: "exception",
    sockets: "Sockets",
    none: "no socket yet",
    bell: "The bell is a pair of sockets that wakes a waiting loop: what is written to its button is heard at its ear.",
    changed: "changed",
    keys: "Keys",
    help: {
      "← →": "one step back, one step on",
      "Home End": "first step, last step",
      l: "next step in this lane",
      c: "next call",
      "Space": "play or pause, unless a button has the focus",
    },
  };

  const ICONS = {
    first: "M3 3h2v10H3zM13 3v10L6 8z",
    previous: "M11.5 3v10l-7-5z",
    next: "M4.5 3v10l7-5z",
    lane: "M2 7h7V4l5 4-5 4V9H2z",
    call: "M3 2v6h6V5l5 4.5L9 14v-3H1V2z",
    play: "M2 3v10l6-5zM8 3v10l6-5z",
    pause: "M4 3h3v10H4zM9 3h3v10H9z",
  };

  /* One end is ours, the other the peer's. */
  const RING = '<circle cx="9" cy="9" r="5"/>';
  const PEER = '<circle cx="35" cy="9" r="5"/>';
  const PICTURES = {
    open: RING,
    bound: RING + '<path d="M3 16h12"/>',
    listening: RING + '<path d="M3 16h12M18 5a6 6 0 0 1 0 8M22 2a10 10 0 0 1 0 14"/>',
    connected: RING + PEER + '<path d="M14 9h16"/>',
    goodbye: RING + PEER + '<path d="M30 9h-7M26 6l-3 3 3 3M17 5v8"/>',
    inherited: RING + PEER + '<circle cx="13" cy="9" r="5"/><path d="M18 9h12"/>',
    closed: '<path d="M4 4l10 10M14 4L4 14"/>',
  };

  const escape = (text) =>
    String(text).replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
  const icon = (name) =>
    `<svg viewBox="0 0 16 16" aria-hidden="true"><path d="${ICONS[name]}"/></svg>`;
  const code = (text) => `<code>${escape(text)}</code>`;
  /* A long name may break before each of its words, and nowhere in one. */
  const breaking = (html) =>
    html.replace(/\.|(?<=[a-z])(?=_[a-z]|[A-Z])/g, "$&<wbr>");
  const colour = (lane) => `lane-${(lane % 7) + 1}`;

  /* Work out of the rows what they leave out: stacks, sockets, who stood where. */
  function unfold({ rows, lanes, functions, script }) {
    const stacks = lanes.map(() => []);
    const forks = {};
    let last = lanes.map(() => -1);
    let sockets = {};
    return rows.map(([lane, event, line, more = {}], i) => {
      // A forked child begins in the middle of its parent's calls.
      let stack = more.p ? forks[more.p] : stacks[lane];
      if (event === "c") {
        stack = [...stack, { f: more.f, k: more.k, given: more.a ?? {} }];
      }
      const top = stack.at(-1);
      if (top) stack = [...stack.slice(0, -1), { ...top, line }];
      stacks[lane] = /[ru]/.test(event) ? stack.slice(0, -1) : stack;
      if (more.d?.[0] === "fork") forks[i + 1] = stack;
      last = last.with?.(lane, i) ?? last.map((n, k) => (k === lane ? i : n));
      for (const each of more.s ?? []) {
        sockets = { ...sockets, [each.slice(0, 2)]: { at: i, each } };
      }
      const file = top ? functions[top.f][1] : script;
      return { lane, event, line, more, stack, last, sockets, file };
    });
  }

  class XrayPlayer extends HTMLElement {
    connectedCallback() {
      const ready = () => this.isConnected && this.start();
      if (document.readyState !== "loading") ready();
      else addEventListener("DOMContentLoaded", ready, { once: true });
    }

    disconnectedCallback() {
      this.pause();
      this.gone?.abort();
    }

    start() {
      if (!this.box) this.build();
      this.gone = new AbortController();
      const { signal } = this.gone;
      addEventListener("hashchange", () => this.follow(), { signal });
      addEventListener("click", (event) => this.take(event), { signal, capture: true });
      matchMedia("print").addEventListener("change", ({ matches }) => {
        this.twin.open = matches;
      }, { signal });
      this.follow();
    }

    /* -- What is made once ------------------------------------------------ */

    build() {
      this.data = JSON.parse(this.querySelector("script").textContent);
      this.steps = unfold(this.data);
      this.twin = this.querySelector(".xray-twin");
      this.ended = this.twin.querySelector("ol + p")?.innerHTML ?? "";
      this.items = [...this.twin.querySelectorAll("li")];
      this.anchors = new Map();
      this.items.forEach((item, i) => {
        // The names are ours from here on: they lead to the step, not into
        // the fold.
        this.anchors.set(item.id, i);
        item.removeAttribute("id");
        for (const each of item.querySelectorAll("[id]")) {
          this.anchors.set(each.id, i);
          each.remove();
        }
      });
      this.pages = new Map(
        [...this.querySelectorAll(".xray-index a")].map((a) => [a.textContent, a.href]),
      );
      this.twin.open = false;
      this.box = document.createElement("div");
      this.box.className = "xray-box";
      this.box.tabIndex = -1;
      this.box.role = "group";
      this.box.ariaLabel = this.data.title;
      this.box.innerHTML = this.frame();
      this.prepend(this.box);
      this.tracks = this.querySelector(".xray-tracks");
      this.box.prepend(this.tracks);
      this.band = this.box.querySelector(".xray-band");
      this.band.insertAdjacentHTML("beforeend",
        `<i class="xray-head"></i><input type="range" min="1"
          max="${this.steps.length}" aria-label="${WORDS.step}">`);
      this.piece = (name) => this.box.querySelector(`.xray-${name}`);
      this.range = this.box.querySelector("input");
      this.speed = this.box.querySelector("select");
      this.range.oninput = () => this.show(this.range.value - 1);
      this.box.onkeydown = (event) => this.press(event);
      this.box.onclick = ({ target }) => {
        const button = target.closest("button");
        if (button) this.act(button.name);
      };
      this.show(0);
    }

    frame() {
      const bare = ["first", "previous", "next"]
        .map((name) => `<button type="button" name="${name}" title="${WORDS[name]}"
          aria-label="${WORDS[name]}">${icon(name)}</button>`);
      const named = ["lane", "call", "play"]
        .map((name) => `<button type="button" name="${name}">${icon(name)}<span>${WORDS[name]}</span></button>`);
      const speeds = WORDS.speeds
        .map(([pause, name]) => `<option value="${pause}"${name === "steady" ? " selected" : ""}>${name}</option>`);
      const keys = Object.entries(WORDS.help)
        .map(([key, what]) => `<dt>${key.split(" ").map((k) => `<kbd>${k}</kbd>`).join(" ")}</dt><dd>${what}</dd>`);
      const lanes = this.data.lanes
        .map(({ title }, i) => `<section class="xray-lane ${colour(i)}" aria-label="${escape(`${title}, ${this.data.title}`)}"></section>`);
      return `
        <div class="xray-bar">${bare.join("")}${named.join("")}
          <label>${WORDS.speed} <select>${speeds.join("")}</select></label></div>
        <p class="xray-says"></p>
        <div class="xray-lanes">${lanes.join("")}</div>
        <div class="xray-sockets"></div>
        <details class="text-original xray-keys"><summary>${WORDS.keys}</summary><dl>${keys.join("")}</dl></details>
        <p class="xray-live xray-unseen" aria-live="polite"></p>`;
    }

    /* -- What the reader does --------------------------------------------- */

    /* Show the step that the address names, if it is one of ours. */
    follow() {
      const step = this.anchors.get(decodeURIComponent(location.hash.slice(1)));
      if (step === undefined) return;
      this.pause();
      this.show(step);
      this.scrollIntoView();
      this.box.focus({ preventScroll: true });
    }

    /* A link to one of our steps is ours, before the theme loads the page again. */
    take(event) {
      const link = event.target.closest?.("a[href*='#']");
      const keys = event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
      if (!link || keys || link.pathname !== location.pathname
        || !this.anchors.has(decodeURIComponent(link.hash.slice(1)))) return;
      event.preventDefault();
      event.stopPropagation();
      if (link.href !== location.href) history.pushState(null, "", link.href);
      this.follow();
    }

    press(event) {
      const { target, ctrlKey, metaKey, altKey } = event;
      if (ctrlKey || metaKey || altKey) return;
      const name = {
        ArrowLeft: "previous", ArrowRight: "next", Home: "first", End: "last",
        l: "lane", c: "call", " ": "play",
      }[event.key.length > 1 ? event.key : event.key.toLowerCase()];
      const own = event.key === " " ? target.closest("button, summary") : null;
      if (name || target.matches("select, input")) event.stopPropagation();
      if (!name || own || target.matches("select")) return;
      event.preventDefault();
      this.act(name);
    }

    act(name) {
      if (name === "play") return this.timer ? this.pause() : this.play();
      this.pause();
      const step = this.target(name);
      if (step >= 0) this.show(step);
    }

    /* The step that a button leads to; -1 for none. */
    target(name) {
      const { at, steps } = this;
      const later = (wanted) => steps.findIndex((step, i) => i > at && wanted(step));
      return {
        first: () => 0,
        last: () => steps.length - 1,
        previous: () => at - 1,
        next: () => (at + 1 < steps.length ? at + 1 : -1),
        lane: () => later((step) => step.lane === steps[at].lane),
        call: () => later((step) => step.event === "c"),
      }[name]();
    }

    play() {
      if (this.target("next") < 0) this.show(0);
      this.face("pause");
      const turn = () => {
        this.show(this.at + 1);
        if (this.target("next") < 0) this.pause();
        else this.timer = setTimeout(turn, this.speed.value);
      };
      this.timer = setTimeout(turn, this.speed.value);
    }

    pause() {
      if (!this.timer) return;
      clearTimeout(this.timer);
      this.timer = 0;
      this.face("play");
      this.tell();
    }

    face(name) {
      const button = this.box.querySelector("[name=play]");
      button.innerHTML = `${icon(name)}<span>${WORDS[name]}</span>`;
    }

    /* -- What is shown ---------------------------------------------------- */

    show(step) {
      this.at = step;
      const { lane, sockets } = this.steps[step];
      const total = this.steps.length;
      const title = this.data.lanes[lane].title;
      this.range.value = step + 1;
      this.range.ariaValueText = `${WORDS.step} ${step + 1} ${WORDS.of} ${total}, ${title}`;
      this.band.style.setProperty("--at", (step + 0.5) / total);
      this.piece("says").innerHTML = `<a href="#${this.data.name}-step-${step + 1}"
        title="${WORDS.link}"><b>${WORDS.step} ${step + 1}</b> ${WORDS.of} ${total}</a>
        <b class="${colour(lane)}">${escape(title)}</b> <span>${this.sentence(step)}</span>${
        step + 1 === total ? ` <strong>${this.ended}</strong>` : ""}`;
      this.box.querySelectorAll(".xray-lane").forEach((panel, i) => {
        panel.classList.toggle("xray-now", i === lane);
        panel.innerHTML = this.lane(i);
      });
      this.piece("sockets").innerHTML = this.sockets(sockets);
      // Of many lanes, the one that runs stays in view.
      const { scrollHeight, clientHeight } = this.tracks;
      this.tracks.scrollTop = scrollHeight * (lane + 0.5) / this.data.lanes.length
        - clientHeight / 2;
      for (const button of this.box.querySelectorAll("button:not([name=play])")) {
        const there = this.target(button.name);
        button.ariaDisabled = String(there < 0 || there === step);
      }
      this.twin.querySelector("[aria-current]")?.removeAttribute("aria-current");
      this.items[step].setAttribute("aria-current", "step");
      if (!this.timer) this.tell();
    }

    sentence(step) {
      return this.items[step].lastElementChild.innerHTML;
    }

    /* Read aloud where the reader has come to rest, and nothing on the way. */
    tell() {
      clearTimeout(this.telling);
      this.telling = setTimeout(() => {
        const { lane } = this.steps[this.at];
        this.piece("live").textContent = `${WORDS.step} ${this.at + 1}, ${
          this.data.lanes[lane].title}: ${this.items[this.at].lastElementChild.textContent}`;
      }, 400);
    }

    lane(number) {
      const { title, end } = this.data.lanes[number];
      const now = this.steps[this.at];
      const last = now.last[number];
      const next = this.steps.findIndex((step, i) => i > this.at && step.lane === number);
      const runs = now.lane === number;
      const state = next < 0 && end.startsWith("waits") ? end
        : runs ? WORDS.runs
        : last < 0 ? WORDS.asleep
          : next < 0 ? end : `${WORDS.again} ${next + 1}`;
      const head = `<p class="xray-who"><b>${escape(title)}</b> <small>${escape(state)}</small></p>`;
      if (last < 0) return head;
      const step = this.steps[last];
      return head + `<div class="xray-detail">${this.code(step, runs)}${
        runs ? this.values(step) : ""}${this.stack(step)}</div>`;
    }

    /* The stanza of a line, with its caption; the line alone where one waits. */
    code({ file, line, event }, whole) {
      const found = this.data.excerpts[this.data.at[`${file}:${line}`]];
      if (!found) return "";
      const [, first, stanza, caption] = found;
      const lines = stanza.map((row, i) => [first + i, row])
        .filter(([number]) => whole || number === line);
      const margin = Math.min(...lines.filter(([, row]) => row.trim())
        .map(([, row]) => row.search(/\S/)));
      const rows = lines.map(([number, row]) => `<span${
        number === line ? ` class="xray-here xray-${event}"` : ""}><i data-line="${
        number}"></i><span>${row.slice(margin)}\n</span></span>`);
      return `<pre class="xray-code"><code>${rows.join("")}</code></pre>
        <div class="xray-caption"><p class="xray-file">${escape(file)}</p>${caption}</div>`;
    }

    values({ event, more, stack }) {
      const rows = [];
      if (event === "c") rows.push(...Object.entries(stack.at(-1).given));
      const list = rows.map(([name, value]) => [code(name), value]);
      for (const [name, value] of Object.entries(more.w ?? {})) {
        list.push([`${code(`self.${name}`)} ${WORDS.before}`, value]);
      }
      if (more.v !== undefined) list.push([WORDS.returned, more.v]);
      if (more.e !== undefined) list.push([WORDS.error, more.e]);
      if (!list.length) return "";
      return `<dl class="xray-values" aria-label="${WORDS.values}">${
        list.map(([name, value]) => `<dt>${name}</dt><dd>${code(value)}</dd>`).join("")}</dl>`;
    }

    stack({ stack }) {
      if (!stack.length) return "";
      const rows = stack.map(({ f, k }, depth) => {
        const [symbol, file] = this.data.functions[f];
        const page = this.pages.get(symbol);
        const shown = breaking(code(symbol === "<module>" ? file : symbol));
        const name = page ? `<a href="${escape(page)}">${shown}</a>` : shown;
        return `<li style="--depth:${depth}">${name}${
          depth === stack.length - 1 ? this.order(this.data.functions[f], k) : ""}</li>`;
      });
      return `<p class="xray-title">${WORDS.stack}</p><ol class="xray-stack">${rows.join("")}</ol>`;
    }

    /* Which classes were asked for a method, up to the one that has it. */
    order([symbol, , has], cls) {
      const mro = this.data.classes[cls] ?? [];
      const place = mro.indexOf(symbol.split(".").at(-2));
      if (place < 0) return "";
      const chips = mro.filter((name) => name !== "object").map((name, i) => {
        const word = i === place ? WORDS.has
          : i < place ? (has.includes(name) ? WORDS.passed : WORDS.without)
            : (has.includes(name) ? WORDS.also : WORDS.behind);
        return `<li class="${i === place ? "xray-has" : i < place ? "xray-asked" : ""}"
          title="${word}"><span>${breaking(escape(name))}</span><span class="xray-unseen">, ${word}</span></li>`;
      });
      return `<p>${WORDS.number} ${place + 1} ${WORDS.mro} ${code(cls)}</p>
        <ol class="xray-mro" aria-label="${WORDS.asked} ${escape(cls)}">${chips.join("")}</ol>`;
    }

    sockets(known) {
      const cards = Object.values(known).map(({ at, each: [name, process, state, tcp] }) => `
        <li class="xray-${state}${at === this.at ? " xray-fresh" : ""}">
          <svg viewBox="0 0 44 18" aria-hidden="true">${PICTURES[state] ?? ""}</svg>
          <span><b>${escape(name)}</b>${process ? ` <small>${escape(process)}</small>` : ""}<br>
          ${escape(state)}${tcp ? ` <code>${escape(tcp)}</code>` : ""}${
            at === this.at ? ` <em>${WORDS.changed}</em>` : ""}</span></li>`);
      return `<p class="xray-title">${WORDS.sockets}</p>${
        cards.length ? `<ul>${cards.join("")}</ul>` : `<p>${WORDS.none}</p>`}${
        Object.keys(known).some((name) => name.startsWith("bell's "))
          ? `<p class="xray-title">${WORDS.bell}</p>` : ""}`;
    }
  }

  customElements.get("xray-player")
    ?? customElements.define("xray-player", XrayPlayer);
})();
