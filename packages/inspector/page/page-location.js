/**
 * What the page shows, as its address says: a reload and a link show the same.
 *
 * @typedef {"tree" | "events" | "timeline"} TabName
 * @typedef {{ tab: TabName, path: string | undefined }} Place `path` of the selected service, "" for the app
 */

/** @type {readonly TabName[]} */
export const tabNames = ["tree", "events", "timeline"];

/**
 * `#tree/shop/metrics`
 *
 * @param {TabName} tab
 * @param {string} [path]
 */
export function hashOf(tab, path) {
  return path === undefined ? `#${tab}` : `#${tab}/${path.split("/").map(encodeURIComponent).join("/")}`;
}

/** @returns {Place} */
export function readPlace() {
  const [name = "", ...path] = location.hash.slice(1).split("/");
  const tab = tabNames.find((one) => one === name) ?? "tree";
  return { tab, path: path.length > 0 ? path.map(decoded).join("/") : undefined };
}

/** @param {string} text */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    // Somebody wrote this address by hand.
    return text;
  }
}
