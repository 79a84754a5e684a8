// The views beside the form, one at a time; each hears when it is shown.

const tabs = [...document.querySelectorAll("[role=tab]")];
const panelOf = (tab) => document.getElementById(tab.getAttribute("aria-controls"));

function choose(chosen) {
  for (const tab of tabs) {
    const isChosen = tab === chosen;
    tab.setAttribute("aria-selected", String(isChosen));
    tab.tabIndex = isChosen ? 0 : -1;
    panelOf(tab).hidden = !isChosen;
    if (isChosen) panelOf(tab).dispatchEvent(new Event("shown"));
  }
}

export const isShown = (id) => !document.getElementById(id).hidden;

export function start() {
  const steps = { ArrowLeft: -1, ArrowRight: 1 };
  for (const [number, tab] of tabs.entries()) {
    tab.addEventListener("click", () => choose(tab));
    tab.addEventListener("keydown", ({ key }) => {
      if (!(key in steps)) return;
      const next = tabs[(number + steps[key] + tabs.length) % tabs.length];
      choose(next);
      next.focus();
    });
  }
}
