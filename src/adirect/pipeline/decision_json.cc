#include "adirect/pipeline/decision_json.h"

#include <algorithm>
#include <charconv>

#include "adirect/codec/text.h"

namespace adirect {
namespace {

void AppendKey(std::string_view key, std::string& out) {
  out += out.back() != '{' && out.back() != '[' ? ", \"" : "\"";
  out += key;  // our own: nothing in it is escaped
  out += "\": ";
}

void AppendMember(std::string_view key, std::string_view text, std::string& out) {
  AppendKey(key, out);
  AppendJsonString(text, out);
}

void AppendMember(std::string_view key, bool value, std::string& out) {
  AppendKey(key, out);
  out += value ? "true" : "false";
}

void AppendMember(std::string_view key, int64_t value, std::string& out) {
  AppendKey(key, out);
  char digits[20];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

void AppendMember(std::string_view key, std::optional<Timestamp> time, std::string& out) {
  AppendKey(key, out);
  if (!time) {
    out += "null";
    return;
  }
  out += '"';
  AppendRfc3339(*time, out);
  out += '"';
}

void AppendClause(const Clause& clause, std::string& out) {
  out += out.back() == '[' ? "{" : ", {";
  AppendMember("name", clause.name, out);
  if (clause.needed == Duration::Forever().millis()) {
    AppendMember("needed", std::string_view("forever"), out);
  } else {
    AppendMember("needed", clause.needed, out);
  }
  if (clause.actual) {
    AppendMember("actual", *clause.actual, out);
  } else {
    AppendKey("actual", out);
    out += "null";
  }
  AppendMember("holds", clause.holds, out);
  out += '}';
}

// What the catalog knows of a product, if anything: members without a value are left out.
void AppendProduct(const Catalog* catalog, std::string_view product_id, std::string& out) {
  const std::optional<Product> product = catalog == nullptr ? std::nullopt : catalog->Find(product_id);
  if (!product) return;
  const std::pair<std::string_view, std::string_view> members[] = {{"title", product->title},
                                                                   {"url", product->url},
                                                                   {"image_url", product->image_url},
                                                                   {"price", product->price},
                                                                   {"currency", product->currency}};
  AppendKey("product", out);
  out += '{';
  for (const auto& [key, text] : members) {
    if (!text.empty()) AppendMember(key, text, out);
  }
  out += '}';
}

void AppendList(std::span<const Recommendation> list, const DecisionContext& context, std::string& out) {
  AppendKey("recommendations", out);
  out += '[';
  int64_t rank = 0;
  for (const Recommendation& recommendation : list) {
    out += rank == 0 ? "{" : ", {";
    AppendMember("rank", ++rank, out);
    AppendMember("product_id", context.dictionary.product(recommendation.item), out);
    AppendMember("category_id", context.dictionary.category_id(recommendation.item), out);
    AppendMember("source", ProductSourceName(recommendation.source), out);
    AppendProduct(context.catalog, context.dictionary.product(recommendation.item), out);
    out += '}';
  }
  out += ']';
}

void AppendClauses(const Verdict& verdict, std::string& out) {
  AppendKey("clauses", out);
  out += '[';
  if (verdict.reason != Reason::kUnknownUser) {
    for (const Clause& clause : verdict.clauses) AppendClause(clause, out);
  }
  out += ']';
}

void AppendCategory(const CategoryDecision& category, const DecisionContext& context, std::string& out) {
  const Verdict& verdict = category.verdict;
  out += out.back() == '[' ? "{" : ", {";
  AppendMember("category_id",
               category.category.valid() ? context.dictionary.category_id(category.category) : context.asked_category,
               out);
  AppendMember("targeted", verdict.targeted, out);
  AppendMember("reason", ReasonName(verdict.reason), out);
  AppendMember("searches", static_cast<int64_t>(verdict.searches), out);
  AppendMember("last_search_at", verdict.last_search_at, out);
  AppendMember("next_change_at", verdict.next_change_at, out);
  if (context.clauses) {
    AppendClauses(verdict, out);
    AppendList(category.list, context, out);
  }
  out += '}';
}

}  // namespace

void AppendDecisionJson(const Decision& decision, const DecisionContext& context, std::string& out) {
  out += '{';
  AppendMember("user_id", context.user_id, out);
  AppendMember("as_of", std::optional<Timestamp>(context.as_of), out);
  AppendMember("policy", std::string_view(context.policy.name), out);
  AppendMember("policy_version",
               context.policy_version.empty() ? PolicyVersion(context.policy) : std::string(context.policy_version),
               out);
  AppendMember("targeted", decision.targeted, out);
  AppendMember("reason", ReasonName(decision.reason), out);
  AppendKey("categories", out);
  out += '[';
  for (const CategoryDecision& category : decision.categories) AppendCategory(category, context, out);
  out += ']';
  AppendList(std::span(decision.list).first(std::min(context.limit, decision.list.size())), context, out);
  out += '}';
}

}  // namespace adirect
