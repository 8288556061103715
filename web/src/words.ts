// The words of the contract as sentences on a page.
import type { Clause, Reason } from "./api";
import { duration, plural } from "./format";

export const kReasons: Record<Reason, string> = {
  targeted: "Keeps searching and has not bought",
  purchased: "Bought here not long ago, so no advertising now",
  few_searches: "Too few searches so far",
  few_days: "Searched on too few days",
  stale: "The newest search is too long ago",
  unknown_user: "No event of this shopper is known",
};

export const kEventWords: Record<string, string> = {
  search: "Searched",
  view: "Viewed",
  cart: "Put into the cart",
  favorite: "Marked as favorite",
  purchase: "Bought",
  refund: "Got a refund for",
};

export const kSources: Record<string, string> = { recent_search: "Searched recently", popular: "Popular" };

// What a clause asks for.
export function needs(clause: Clause): string {
  const { name, needed } = clause;
  if (name === "suppress_for")
    return needed === "forever"
      ? "No purchase in this category ever"
      : `No purchase in this category within ${duration(needed)}`;
  if (name === "min_searches")
    return `At least ${plural(Number(needed), "search", "searches")} since the last purchase`;
  if (name === "min_distinct_days") return `On at least ${plural(Number(needed), "day")}`;
  if (name === "last_within")
    return needed === "forever" ? "A search at any time" : `The newest search within ${duration(needed)}`;
  return `${name} ${String(needed)}`;
}

export const isTimeClause = (clause: Clause): boolean =>
  clause.name === "suppress_for" || clause.name === "last_within";

export const kRejects: Record<string, string> = {
  line_too_long: "The line is longer than an event may be.",
  bad_utf8: "The bytes are no UTF-8.",
  bad_json: "The row is no JSON object.",
  bad_quotes: "A quoted field does not end.",
  bad_columns: "The row has other columns than its header.",
  bad_type: "The type is none that there is.",
  bad_time: "The time is missing, or no time with a zone.",
  missing_user_id: "Nobody is named: neither a user nor an anonymous id.",
  bad_user_id: "The shopper's id is no id.",
  bad_category_id: "The category's id is no id.",
  bad_product_id: "The product's id is no id.",
  bad_order_id: "The order's id is no id.",
  bad_event_id: "The event's id is no id.",
  bad_user_name: "The shopper's name is no text.",
  bad_region: "The region is no text.",
  bad_quantity: "The quantity is no whole number.",
  bad_price: "The price is no number.",
  bad_currency: "The currency is no text.",
  missing_category_id: "No category is named, and the catalog knows none for the product.",
  refund_without_target: "A refund that names neither an order nor a product.",
  future: "The event lies more than five minutes after its arrival.",
  erase_not_allowed: "An erase may not come this way.",
};
