// A point tells its value and interval: to the pointer when it comes near, to the keyboard by the arrow keys.
const REACH = 14;
let shownBy = null;
const tip = document.createElement("div");
tip.id = "tip";
tip.hidden = true;
document.body.append(tip);

class Chart {
  constructor(svg) {
    this.svg = svg;
    this.at = -1;
    const label = svg.querySelector(":scope > title");
    svg.setAttribute("aria-label", label.textContent);
    svg.removeAttribute("aria-labelledby");
    // Titles would show a second, slower tip.
    label.remove();
    this.points = [...svg.querySelectorAll("title")].map((title) => {
      const node = title.parentElement, text = title.textContent;
      title.remove();
      const series = node.closest('[id*="points-"]')?.id.replace(/-\d+$/, "") ?? node.closest('[id*="axes_"]')?.id;
      return { node, text, series };
    });
    if (!this.points.length) return;
    const card = svg.parentElement;
    card.tabIndex = 0;
    card.setAttribute("role", "application");
    card.setAttribute("aria-roledescription", "chart");
    card.setAttribute("aria-label", `${svg.getAttribute("aria-label")}. Arrow keys go from point to point.`);
    card.addEventListener("pointermove", (event) => this.near(event));
    card.addEventListener("pointerdown", (event) => this.near(event));
    card.addEventListener("pointerleave", () => this.leave());
    card.addEventListener("keydown", (event) => this.key(event));
    card.addEventListener("blur", () => this.leave());
  }

  // Measured when first needed: a drawing has no size while it is folded away.
  boxes() {
    if (!this.measured) {
      for (const point of this.points) {
        const box = point.node.getBBox();
        Object.assign(point, { x: box.x + box.width / 2, y: box.y + box.height / 2, w: box.width / 2, h: box.height / 2 });
      }
      this.measured = true;
    }
    return this.points.filter((point) => !point.node.closest(".faded"));
  }

  near(event) {
    const frame = this.svg.getBoundingClientRect();
    const scale = this.svg.viewBox.baseVal.width / frame.width;
    const x = (event.clientX - frame.left) * scale, y = (event.clientY - frame.top) * scale;
    let best = null, least = REACH * scale;
    for (const point of this.boxes()) {
      const away = Math.hypot(Math.max(Math.abs(x - point.x) - point.w, 0), Math.max(Math.abs(y - point.y) - point.h, 0));
      // Of two that overlap, the one whose middle is nearer.
      const far = away + Math.hypot(x - point.x, y - point.y) / 1000;
      if (far < least) [best, least] = [point, far];
    }
    if (best) this.show(best); else this.leave();
  }

  show(point) {
    if (this.current === point) return;
    this.leave();
    this.current = point;
    this.at = this.points.indexOf(point);
    this.ring = document.createElementNS(this.svg.namespaceURI, "rect");
    const size = Math.max(point.w, point.h) > 6 ? [point.w, point.h, 0] : [4.5, 4.5, 4.5];
    for (const [name, value] of Object.entries({
      x: point.x - size[0], y: point.y - size[1], width: 2 * size[0], height: 2 * size[1], rx: size[2], class: "ring",
    })) this.ring.setAttribute(name, value);
    this.svg.append(this.ring);
    tip.textContent = point.text;
    tip.hidden = false;
    shownBy = this;
    this.place();
  }

  place() {
    const box = this.ring.getBoundingClientRect(), own = tip.getBoundingClientRect();
    const left = Math.min(Math.max(box.left + box.width / 2 - own.width / 2, 4), innerWidth - own.width - 4);
    const above = box.top - own.height - 8;
    tip.style.left = `${left}px`;
    tip.style.top = `${above < 4 ? box.bottom + 8 : above}px`;
  }

  leave() {
    this.ring?.remove();
    this.current = null;
    shownBy = null;
    tip.hidden = true;
  }

  key(event) {
    if (event.key === "Escape") return this.leave();
    const points = this.boxes();
    const here = this.points[this.at];
    const from = points.indexOf(here);
    const along = points.filter((point) => point.series === here?.series).sort((a, b) => a.x - b.x || a.y - b.y);
    const place = along.indexOf(here);
    const chains = [...new Set(points.map((point) => point.series))];
    const other = (step) => {
      const chain = points.filter((point) => point.series === chains[chains.indexOf(here.series) + step]);
      return chain.sort((a, b) => Math.abs(a.x - here.x) - Math.abs(b.x - here.x))[0] ?? here;
    };
    const next = {
      ArrowRight: () => along[Math.min(place + 1, along.length - 1)],
      ArrowLeft: () => along[Math.max(place - 1, 0)],
      ArrowDown: () => other(1),
      ArrowUp: () => other(-1),
      Home: () => along[0],
      End: () => along[along.length - 1],
    }[event.key];
    if (!next || !points.length) return undefined;
    event.preventDefault();
    const chosen = from < 0 ? points[0] : next();
    chosen.node.scrollIntoView({ block: "nearest", inline: "nearest" });
    this.current = null;
    this.show(chosen);
    say(chosen.text);
    return undefined;
  }
}
for (const svg of document.querySelectorAll(".card > svg")) new Chart(svg);
addEventListener("scroll", () => shownBy?.place(), { passive: true, capture: true });
