/** @import { TabName } from "./page-location.js" */
/** @import { KeyCommand } from "./tree-keys.js" */
import { getService } from "./api.js";
import { change, trigger } from "./commands.js";
import { Connection } from "./connection.js";
import { Detail } from "./detail.js";
import { byId, setText } from "./dom.js";
import { Events } from "./events.js";
import { Header } from "./header.js";
import { hashOf, readPlace } from "./page-location.js";
import { showHelp, startShortcuts } from "./shortcuts.js";
import { Store } from "./store.js";
import { Tabs } from "./tabs.js";
import { startTheme } from "./theme.js";
import { Timeline } from "./timeline.js";
import { toast } from "./toasts.js";
import { Tree } from "./tree.js";
import { appRow } from "./tree-items.js";

startTheme();
const store = new Store();
const header = new Header(store);
const events = new Events(byId("panel-events"), store);
const timeline = new Timeline(byId("timeline"), () => showSummary());
const detail = new Detail(byId("detail"), store);
const filter = /** @type {HTMLInputElement} */ (byId("filter"));
const tree = new Tree(byId("tree"), store, {
  onSelect: (path) => select(path),
  onCommand: (command, path) => void obey(command, path),
});
const connection = new Connection({
  onSnapshot: (snapshot) => store.replace(snapshot),
  onChanges: (changes) => store.apply(changes),
  onRates: (rates) => {
    events.show(rates);
    showSummary();
  },
  onState: (state, retryAt) => {
    header.connection(state, retryAt);
    updateActivity();
  },
});
const tabs = new Tabs((tab) => {
  location.hash = hashOf(tab, tab === "tree" ? tree.selected : undefined);
});
/** @type {TabName} */
let tab = "tree";

/** Shows what the address says. */
function show() {
  const place = readPlace();
  tab = place.tab;
  tabs.show(tab);
  if (tab === "tree") {
    detail.show(place.path);
    if (tree.selected !== place.path) tree.selected = place.path;
    byId("panel-tree").classList.toggle("with-detail", place.path !== undefined);
  }
  connection.map = tab === "events";
  updateActivity();
  showSummary();
}

/** What is asked for, only while it can be seen and is not paused. */
function updateActivity() {
  const asks = connection.state !== "paused";
  detail.active = asks && tab === "tree";
  timeline.active = asks && tab === "timeline";
}

/** @param {string} path "" is the app */
function select(path) {
  location.hash = hashOf("tree", path);
}

function showSummary() {
  setText(byId("summary"), { tree, events, timeline }[tab].summary());
}

/**
 * @param {KeyCommand} command
 * @param {string} path
 */
async function obey(command, path) {
  const row = path === "" ? appRow(store) : store.rows.get(path);
  if (!row) return;
  if (command === "restart") await change(store, "restart", row);
  else if (command === "stop-or-start") {
    const down = row.state === "stopped" || row.state === "idle" || row.state === "failed";
    await change(store, down ? "start" : "stop", row);
  } else await triggerFirst(path);
}

/** @param {string} path */
async function triggerFirst(path) {
  if (path === "") return toast("The app itself has nothing to trigger.", { failed: true });
  const its = await getService(path, AbortSignal.timeout(5000)).catch((error) => String(error));
  if (typeof its === "string") return toast(its, { failed: true });
  const [first] = its.triggers;
  if (first === undefined) return toast(`${path} has nothing to trigger.`, { failed: true });
  await trigger(path, first);
}

function togglePause() {
  if (connection.state === "paused") connection.open();
  else connection.pause();
}

/** @param {string} text */
function applyFilter(text) {
  tree.filter = text;
  events.filter = text;
  timeline.filter = text;
}

filter.addEventListener("input", () => applyFilter(filter.value));
filter.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && tab === "tree") tree.focus();
});
byId("pause").addEventListener("click", togglePause);
byId("retry").addEventListener("click", () => connection.retry());
byId("help").addEventListener("click", showHelp);
byId("fold-all").addEventListener("click", () => tree.foldAll(true));
byId("unfold-all").addEventListener("click", () => tree.foldAll(false));
startShortcuts({
  "/": () => filter.select(),
  "?": showHelp,
  1: () => byId("tab-tree").click(),
  2: () => byId("tab-events").click(),
  3: () => byId("tab-timeline").click(),
  0: togglePause,
  Escape: () => {
    if (document.activeElement === filter && filter.value !== "") {
      filter.value = "";
      applyFilter("");
    } else if (tab === "tree") tree.focus();
  },
});
store.onChange(({ shape, paths }) => {
  if (shape || paths.size > 0) showSummary();
});
addEventListener("hashchange", show);
show();
connection.open();
