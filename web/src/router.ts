// Addresses: which page one is, how one is written, and how one goes there without loading anew.
import { useEffect, useState } from "preact/hooks";

export interface Address {
  segments: string[]; // of the path, decoded: /user/a%2Fb is ["user", "a/b"]
  query: URLSearchParams;
}

// A segment that is no UTF-8 is shown as it was sent.
function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

export function parseAddress(path: string, search: string): Address {
  return { segments: path.split("/").filter(Boolean).map(decoded), query: new URLSearchParams(search) };
}

export type Query = Record<string, string | number | null | undefined>;

// A path of encoded segments with the parameters that are there.
export function address(segments: string[], query: Query = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== "") parameters.set(name, String(value));
  }
  const text = parameters.toString();
  return `/${segments.map(encodeURIComponent).join("/")}${text ? `?${text}` : ""}`;
}

// "." and ".." mean folders to every browser, however they are encoded.
export function isReachable(id: string): boolean {
  return id !== "." && id !== "..";
}

export function shopperAddress(id: string, category?: string | null, policy?: string | null): string {
  return address(category ? ["user", id, category] : ["user", id], { policy });
}

// Only an address of this site, for what a sign-in leads back to.
export function ownAddress(text: string | null): string {
  return text !== null && /^\/(?![/\\])/.test(text) && !text.startsWith("/sign-in") ? text : "/";
}

const changed = new EventTarget();

export function go(to: string, how: "push" | "replace" = "push"): void {
  if (how === "push") history.pushState(null, "", to);
  else history.replaceState(null, "", to);
  changed.dispatchEvent(new Event("change"));
}

// Writes parameters of the page that is shown, keeping the others; null takes one away.
export function setQuery(query: Query, how: "push" | "replace" = "push"): void {
  const parameters = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(query)) {
    if (value === null || value === undefined) parameters.delete(name);
    else parameters.set(name, String(value));
  }
  const text = parameters.toString();
  go(location.pathname + (text ? `?${text}` : ""), how);
}

export function useAddress(): Address {
  const [here, setHere] = useState(() => parseAddress(location.pathname, location.search));
  useEffect(() => {
    const update = () => setHere(parseAddress(location.pathname, location.search));
    window.addEventListener("popstate", update);
    changed.addEventListener("change", update);
    return () => {
      window.removeEventListener("popstate", update);
      changed.removeEventListener("change", update);
    };
  }, []);
  return here;
}

// Plain clicks on links to pages go there without loading anew.
export function followLinks(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)
    return;
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  if (!link || link.target || link.hasAttribute("download") || link.origin !== location.origin) return;
  if (link.pathname.startsWith("/v1/") || link.pathname === "/openapi.json" || link.hash) return;
  event.preventDefault();
  go(link.pathname + link.search);
  window.scrollTo(0, 0);
}
