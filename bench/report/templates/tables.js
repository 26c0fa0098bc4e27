// Sorting: upwards, downwards, and as it was.
const number = (cell) => {
  const text = cell.dataset.sort ?? cell.textContent;
  return text.trim() === "" ? NaN : Number(text);
};
const compared = (column, sign) => (a, b) => {
  const x = number(a.cells[column]), y = number(b.cells[column]);
  if (isFinite(x) && isFinite(y)) return sign * (x - y);
  // Cells without a number stay at the end in both directions.
  if (isFinite(x) || isFinite(y)) return isFinite(x) ? -1 : 1;
  return sign * a.cells[column].textContent.localeCompare(b.cells[column].textContent, undefined, { numeric: true });
};
for (const table of document.querySelectorAll("table")) {
  const body = table.tBodies[0];
  if (!body || body.rows.length < 3) continue;
  const order = [...body.rows];
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const next = { none: "ascending", ascending: "descending" }[head.getAttribute("aria-sort") ?? "none"] ?? "none";
      for (const other of heads) other.removeAttribute("aria-sort");
      if (next !== "none") head.setAttribute("aria-sort", next);
      const sign = { ascending: 1, descending: -1 }[next];
      body.append(...(sign ? [...order].sort(compared(column, sign)) : order));
      say(next === "none" ? "In the order of the suite" : `Sorted by ${button.textContent}, ${next}`);
    });
  });
}
