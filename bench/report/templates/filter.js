// Filtering by axis. Tokens such as "0.2 3.1" say which values an element stands for: value 2 of axis 0 and value 1 of
// axis 3; without a token of an axis it belongs to all its values.
const form = document.querySelector(".filters form");
const wanted = new Map();
const fits = (element) => {
  const tokens = element?.dataset.f ? element.dataset.f.split(" ") : [];
  for (const [axis, value] of wanted) {
    const own = tokens.filter((token) => token.startsWith(`${axis}.`));
    if (own.length && !own.includes(`${axis}.${value}`)) return false;
  }
  return true;
};
const filterTable = (table) => {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, place) => {
    const hide = !fits(head);
    if (head.hidden === hide) return;
    for (const row of table.rows) row.cells[place].hidden = hide;
  });
  let left = 0;
  for (const row of table.tBodies[0].rows) {
    row.hidden = !fits(row.cells[0]);
    left += !row.hidden;
  }
  const all = table.tBodies[0].rows.length;
  const count = table.closest("details")?.querySelector(":scope > summary > .count");
  if (count) count.textContent = `${left < all ? `${left} of ${all}` : all} ${all === 1 ? "row" : "rows"}`;
  return left;
};
const filterFigure = (figure) => {
  const panels = [...figure.querySelectorAll('svg g[id*="axes_"]')];
  const marked = panels.filter((panel) => panel.dataset.f);
  figure.hidden = panels.length > 0 && marked.length === panels.length && !marked.some(fits);
  for (const part of figure.querySelectorAll("svg [data-f]")) part.classList.toggle("faded", !fits(part));
  return !figure.hidden;
};
const filterAll = () => {
  wanted.clear();
  for (const list of form.querySelectorAll("select")) if (list.value) wanted.set(list.dataset.axis, list.value);
  let rows = 0;
  for (const table of document.querySelectorAll("table")) rows += filterTable(table);
  const figures = [...document.querySelectorAll("figure")];
  const left = figures.filter(filterFigure).length;
  for (const link of document.querySelectorAll(".index a")) {
    link.parentElement.hidden = document.getElementById(link.hash.slice(1))?.hidden ?? false;
  }
  form.closest("details").querySelector("summary").textContent = wanted.size ? `Filter (${wanted.size})` : "Filter";
  say(wanted.size ? `${rows} rows and ${left} of ${figures.length} figures shown` : "Everything shown");
};
const showEverything = () => {
  form.reset();
  filterAll();
};
form?.addEventListener("change", filterAll);
form?.addEventListener("reset", () => setTimeout(filterAll));
form?.addEventListener("submit", (event) => event.preventDefault());
form?.closest("details").addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const fold = event.currentTarget;
  fold.open = false;
  fold.querySelector("summary").focus();
});
