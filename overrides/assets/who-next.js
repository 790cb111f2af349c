/* <who-next>: questions about a recording, one at a time, with a score.

   Question, options and reasons stand in the page already. Without this
   script it is a list, and each answer is folded. */

(() => {
  "use strict";

  const WORDS = {
    question: "Question",
    of: "of",
    right: "right",
    yes: "Right.",
    no: "Not this one.",
    next: "Next question",
    last: "See the result",
    result: "You had",
    best: "Every one of them: you can tell who runs next.",
    more: "Walk through the X-ray above, and try again.",
    again: "Start again",
  };

  class WhoNext extends HTMLElement {
    connectedCallback() {
      const ready = () => this.isConnected && this.start();
      if (document.readyState !== "loading") ready();
      else addEventListener("DOMContentLoaded", ready, { once: true });
    }

    start() {
      if (this.bar) return;
      this.questions = [...this.querySelectorAll(".who-question")];
      this.bar = document.createElement("p");
      this.bar.className = "who-score";
      this.bar.ariaLive = "polite";
      this.prepend(this.bar);
      this.end = document.createElement("div");
      this.end.className = "who-end";
      this.end.innerHTML = `<p tabindex="-1"></p>
        <button type="button">${WORDS.again}</button>`;
      this.end.querySelector("button").onclick = () => this.restart(true);
      this.append(this.end);
      for (const question of this.questions) this.arm(question);
      this.restart(false);
    }

    /* Make buttons of the options, and room for the verdict. */
    arm(question) {
      const options = [...question.querySelectorAll(".who-options li")];
      const reasons = [...question.querySelectorAll(".who-answer li")];
      const right = question.dataset.right - 1;
      options.forEach((option, i) => {
        const button = document.createElement("button");
        const shown = option.querySelector("code")
          ? document.createElement("code") : document.createElement("span");
        shown.textContent = option.textContent.trim();
        button.type = "button";
        button.append(shown);
        button.onclick = () => this.pick(question, i, right);
        option.replaceChildren(button);
      });
      const verdict = document.createElement("div");
      verdict.className = "who-verdict";
      verdict.innerHTML = `<p tabindex="-1"></p><button type="button"></button>`;
      verdict.querySelector("button").onclick = () => this.show(this.at + 1, true);
      question.querySelector("details").before(verdict);
      question.reasons = reasons.map((reason) => reason.innerHTML);
    }

    restart(focus) {
      this.score = 0;
      for (const question of this.questions) {
        question.classList.remove("who-done");
        question.querySelector("details").open = false;
        for (const button of question.querySelectorAll(".who-options button")) {
          button.disabled = false;
          button.className = "";
        }
      }
      this.show(0, focus);
    }

    show(number, focus) {
      this.at = number;
      const total = this.questions.length;
      this.questions.forEach((each, i) => { each.hidden = i !== number; });
      this.end.hidden = number < total;
      this.count();
      if (this.end.hidden) {
        if (focus) this.questions[number].querySelector("button").focus();
        return;
      }
      const said = this.end.querySelector("p");
      said.textContent = `${WORDS.result} ${this.score} ${WORDS.of} ${total}. ${
        this.score === total ? WORDS.best : WORDS.more}`;
      said.focus();
    }

    count() {
      const total = this.questions.length;
      const number = Math.min(this.at + 1, total);
      this.bar.textContent =
        `${WORDS.question} ${number} ${WORDS.of} ${total}; ${this.score} ${WORDS.right}`;
    }

    pick(question, choice, right) {
      const buttons = question.querySelectorAll(".who-options button");
      const good = choice === right;
      this.score += good;
      buttons.forEach((button, i) => {
        button.disabled = true;
        if (i === right) button.className = "who-right";
        else if (i === choice) button.className = "who-wrong";
      });
      question.classList.add("who-done");
      const [said, next] = question.querySelector(".who-verdict").children;
      const [mine, best] = [choice, right].map((i) => question.reasons[i]);
      said.innerHTML = good ? `<b>${WORDS.yes}</b> ${best.replace(/^.*?<\/strong>/, "")}`
        : `<b>${WORDS.no}</b> ${mine}<br>${best}`;
      next.textContent = this.at + 1 < this.questions.length ? WORDS.next : WORDS.last;
      this.count();
      said.focus();
    }
  }

  customElements.get("who-next") ?? customElements.define("who-next", WhoNext);
})();
