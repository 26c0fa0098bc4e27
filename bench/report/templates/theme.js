"use strict";
// Everything here is an addition: without it the page is complete, and follows the reader's system in light or dark.
const said = document.getElementById("said");
const say = (text) => { said.textContent = text; };
for (const tools of document.querySelectorAll(".tools")) tools.hidden = false;

const dark = matchMedia("(prefers-color-scheme: dark)");
const root = document.documentElement;
const themeButton = document.querySelector(".theme");
const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : dark.matches);
const showTheme = () => themeButton.setAttribute("aria-pressed", String(isDark()));
// A browser may refuse to keep anything for a page that is a file.
const kept = (change) => { try { return change(localStorage); } catch { return null; } };
const before = kept((store) => store.getItem("bench-theme"));
if (before === "dark" || before === "light") root.dataset.theme = before;
themeButton.addEventListener("click", () => {
  root.dataset.theme = isDark() ? "light" : "dark";
  kept((store) => store.setItem("bench-theme", root.dataset.theme));
  showTheme();
});
dark.addEventListener("change", showTheme);
showTheme();
