/** @import { TabName } from "./page-location.js" */
import { byId, setAttribute } from "./dom.js";
import { tabNames } from "./page-location.js";

/** The tabs of the page: one tab stop, arrows go from one to the next. */
export class Tabs {
  /** @param {(tab: TabName) => void} onChoose */
  constructor(onChoose) {
    for (const name of tabNames) byId(`tab-${name}`).addEventListener("click", () => onChoose(name));
    byId("tabs").addEventListener("keydown", (event) => {
      const index = tabNames.findIndex((name) => byId(`tab-${name}`) === document.activeElement);
      const wanted = { ArrowLeft: index - 1, ArrowRight: index + 1, Home: 0, End: -1 }[event.key];
      const next = wanted === undefined ? undefined : tabNames.at(wanted % tabNames.length);
      if (!next) return;
      event.preventDefault();
      onChoose(next);
      byId(`tab-${next}`).focus();
    });
  }

  /** @param {TabName} shown */
  show(shown) {
    for (const name of tabNames) {
      const tab = byId(`tab-${name}`);
      setAttribute(tab, "aria-selected", String(name === shown));
      tab.tabIndex = name === shown ? 0 : -1;
      byId(`panel-${name}`).hidden = name !== shown;
    }
  }
}
