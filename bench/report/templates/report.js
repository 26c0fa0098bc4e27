"use strict";
// Sorting is an addition: without this script every table is complete and readable.
for (const table of document.querySelectorAll("table")) {
  const body = table.tBodies[0];
  if (!body || body.rows.length < 3) continue;
  [...table.tHead.rows[0].cells].forEach((head, index) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const key = (row) => {
        const cell = row.cells[index];
        return cell.dataset.sort === undefined ? null : Number(cell.dataset.sort);
      };
      const rows = [...body.rows].sort((a, b) => {
        const x = key(a), y = key(b);
        // Cells without a number stay at the end in both directions.
        if (x === null && y === null) {
          const order = a.cells[index].textContent.localeCompare(b.cells[index].textContent);
          return down ? -order : order;
        }
        if (x === null || !isFinite(x)) return 1;
        if (y === null || !isFinite(y)) return -1;
        return down ? y - x : x - y;
      });
      body.append(...rows);
    });
  });
}
// What is folded on the screen belongs on paper.
addEventListener("beforeprint", () => {
  for (const fold of document.querySelectorAll("details")) fold.open = true;
});
