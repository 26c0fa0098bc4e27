// A link into what is folded or filtered away opens it.
const aimed = () => {
  // Any text may stand behind the # of an address.
  try { return document.getElementById(decodeURIComponent(location.hash.slice(1))); } catch { return null; }
};
const reveal = () => {
  const target = aimed();
  if (!target) return;
  for (let fold = target.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  if (target.closest("[hidden]")) showEverything();
  target.scrollIntoView({ block: target.closest("table") ? "center" : "start" });
};
addEventListener("hashchange", reveal);
// The same link twice changes no address.
document.addEventListener("click", (event) => {
  const link = event.target.closest?.('a[href^="#"]');
  if (link && link.hash === location.hash) reveal();
});
reveal();

// What is folded on the screen belongs on paper, except for long tables: the reader opens those that are wanted.
let folded = [];
addEventListener("beforeprint", () => {
  folded = [...document.querySelectorAll("main details:not([open], .long)")];
  for (const fold of folded) fold.open = true;
});
addEventListener("afterprint", () => {
  for (const fold of folded) fold.open = false;
});
