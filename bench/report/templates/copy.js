// Copying what a table shows now: its rows after filtering, in their present order.
const shown = (cells) => [...cells].filter((cell) => !cell.hidden);
const quoted = (text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

// Numbers without units for programs: measured cells in the stored unit, beside them how far their intervals reach.
const asCsv = (table) => {
  const unit = table.closest("[data-unit]")?.dataset.unit;
  const rows = shown(table.tBodies[0].rows);
  const columns = [...table.tHead.rows[0].cells].flatMap((head, place) => {
    if (head.hidden) return [];
    const cells = rows.map((row) => row.cells[place]);
    const inUnit = unit && head.classList.contains("n") && cells.some((cell) => cell.tagName === "TD" && cell.dataset.sort);
    const name = head.textContent;
    const value = (cell) => (cell.dataset.half || !cell.textContent.includes("(") ? cell.dataset.sort : undefined) ?? cell.textContent;
    const column = [inUnit ? `${name} (${unit})` : name, ...cells.map(value)];
    if (!cells.some((cell) => cell.dataset.half)) return [column];
    return [column, [`${name} ±${inUnit ? ` (${unit})` : ""}`, ...cells.map((cell) => cell.dataset.half ?? "")]];
  });
  return columns[0].map((_, row) => columns.map((column) => quoted(column[row])).join(",")).join("\n") + "\n";
};

const LATEX = {
  "\\": "\\textbackslash{}", "{": "\\{", "}": "\\}", $: "\\$", "&": "\\&", "#": "\\#", "%": "\\%", _: "\\_",
  "~": "\\textasciitilde{}", "^": "\\textasciicircum{}", "<": "\\textless{}", ">": "\\textgreater{}",
  "|": "\\textbar{}", '"': "{''}", "`": "{`}", "×": "$\\times$", "·": "$\\cdot$", "±": "$\\pm$", "≥": "$\\geq$",
  "≤": "$\\leq$", "≈": "$\\approx$", "→": "$\\rightarrow$", "µ": "$\\mu$", "–": "--", "—": "---", "…": "\\ldots{}",
  "−": "$-$", "’": "'", "“": "``", "”": "''", "\u00a0": "~",
};
const RAISED = "⁻⁰¹²³⁴⁵⁶⁷⁸⁹", PLAIN = "-0123456789";
const latex = (text) => text.replace(/\s+/g, " ").trim()
  .replace(/[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+|[^]/gu, (part) => {
    if (RAISED.includes(part[0])) return `$^{${[...part].map((digit) => PLAIN[RAISED.indexOf(digit)]).join("")}}$`;
    if (LATEX[part]) return LATEX[part];
    // Latin letters with an accent pass; pdflatex stops at all else, which becomes its code point.
    const code = part.codePointAt(0);
    return code < 127 || (code >= 0xc0 && code <= 0xff) ? part : `[U+${code.toString(16).toUpperCase().padStart(4, "0")}]`;
  });
const asLatex = (table) => {
  const heads = shown(table.tHead.rows[0].cells);
  const line = (cells) => `${cells.map((cell) =>
    cell.classList.contains("best") ? `\\textbf{${latex(cell.textContent)}}` : latex(cell.textContent)).join(" & ")} \\\\`;
  return [
    "% Needs \\usepackage{booktabs}",
    `\\begin{tabular}{@{}${heads.map((head) => (head.classList.contains("n") ? "r" : "l")).join("")}@{}}`,
    "\\toprule", line(heads), "\\midrule", ...shown(table.tBodies[0].rows).map((row) => line(shown(row.cells))),
    "\\bottomrule", "\\end{tabular}", "",
  ].join("\n");
};

const put = async (text) => {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Not every browser lets a file use the clipboard that way.
    const field = document.createElement("textarea");
    field.value = text;
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    return done;
  }
};
for (const table of document.querySelectorAll("table")) {
  if (!table.tBodies[0]?.rows.length) continue;
  const bar = document.createElement("div");
  bar.className = "copy";
  const name = table.closest(".scroll")?.getAttribute("aria-label") ?? "";
  for (const [kind, made] of [["CSV", asCsv], ["LaTeX", asLatex]]) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = `Copy ${kind}`;
    button.setAttribute("aria-label", `Copy ${kind}: ${name}`);
    button.addEventListener("click", async () => {
      const done = await put(made(table));
      const rows = shown(table.tBodies[0].rows).length;
      say(done ? `Copied ${rows} ${rows === 1 ? "row" : "rows"} as ${kind}: ${name}` : "The browser did not allow copying");
      button.classList.toggle("done", done);
      button.focus();
      setTimeout(() => button.classList.remove("done"), 1500);
    });
    bar.append(button);
  }
  (table.closest(".scroll") ?? table).before(bar);
}
