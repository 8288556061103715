#include "adirect/pipeline/decision_json.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <utility>

#include "adirect/codec/text.h"

namespace adirect {
namespace {

// Writes behind what a string holds, into room that is made ahead. The string is complete when the writer is gone.
class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) { Open(out.size(), kRoom); }
  ~Writer() { out_.resize(size()); }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  // Our own words: nothing in them is escaped.
  template <size_t kSize>
  void Words(const char (&words)[kSize]) {
    Room(kSize - 1);
    std::memcpy(at_, words, kSize - 1);
    at_ += kSize - 1;
  }
  void Words(std::string_view words) {
    Room(words.size());
    at_ = std::copy(words.begin(), words.end(), at_);
  }
  void Number(int64_t value) {
    Room(kNumberBytes);
    at_ = std::to_chars(at_, end_, value).ptr;
  }
  void Bool(bool value) { value ? Words("true") : Words("false"); }
  void Text(std::string_view text) {
    Room(text.size() + 2);
    char* at = at_;
    *at++ = '"';
    for (const char c : text) {
      if (static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\') return Escaped(text);
      *at++ = c;
    }
    *at++ = '"';
    at_ = at;
  }
  void Time(std::optional<Timestamp> time) {
    if (!time) return Words("null");
    Room(kRfc3339Bytes + 2);
    *at_++ = '"';
    at_ = WriteRfc3339(*time, at_);
    *at_++ = '"';
  }

 private:
  static constexpr size_t kRoom = 2048;
  static constexpr size_t kNumberBytes = 20;

  size_t size() const { return static_cast<size_t>(at_ - out_.data()); }
  void Open(size_t at, size_t room) {
    out_.resize(at + room);
    at_ = out_.data() + at;
    end_ = out_.data() + out_.size();
  }
  void Room(size_t bytes) {
    if (static_cast<size_t>(end_ - at_) < bytes) Open(size(), bytes + out_.size());
  }
  void Escaped(std::string_view text) {
    out_.resize(size());
    AppendJsonString(text, out_);
    Open(out_.size(), kRoom);
  }

  std::string& out_;
  char* at_ = nullptr;
  char* end_ = nullptr;
};

void WriteClause(const Clause& clause, Writer& out) {
  out.Words("{\"name\": ");
  out.Text(clause.name);
  out.Words(", \"needed\": ");
  if (clause.needed == Duration::Forever().millis()) {
    out.Words("\"forever\"");
  } else {
    out.Number(clause.needed);
  }
  out.Words(", \"actual\": ");
  if (clause.actual) {
    out.Number(*clause.actual);
  } else {
    out.Words("null");
  }
  out.Words(", \"holds\": ");
  out.Bool(clause.holds);
  out.Words("}");
}

// What the catalog knows of a product, if anything: members without a value are left out.
void WriteProduct(const Catalog* catalog, std::string_view product_id, Writer& out) {
  const std::optional<Product> product = catalog == nullptr ? std::nullopt : catalog->Find(product_id);
  if (!product) return;
  const std::pair<std::string_view, std::string_view> members[] = {{"\"title\": ", product->title},
                                                                   {"\"url\": ", product->url},
                                                                   {"\"image_url\": ", product->image_url},
                                                                   {"\"price\": ", product->price},
                                                                   {"\"currency\": ", product->currency}};
  out.Words(", \"product\": {");
  bool first = true;
  for (const auto& [key, text] : members) {
    if (text.empty()) continue;
    if (!std::exchange(first, false)) out.Words(", ");
    out.Words(key);
    out.Text(text);
  }
  out.Words("}");
}

void WriteList(std::span<const Recommendation> list, const DecisionContext& context, Writer& out) {
  out.Words(", \"recommendations\": [");
  int64_t rank = 0;
  for (const Recommendation& recommendation : list) {
    const std::string_view product_id = context.dictionary.product(recommendation.item);
    if (rank > 0) out.Words(", ");
    out.Words("{\"rank\": ");
    out.Number(++rank);
    out.Words(", \"product_id\": ");
    out.Text(product_id);
    out.Words(", \"category_id\": ");
    out.Text(context.dictionary.category_id(recommendation.item));
    out.Words(", \"source\": ");
    out.Text(ProductSourceName(recommendation.source));
    WriteProduct(context.catalog, product_id, out);
    out.Words("}");
  }
  out.Words("]");
}

void WriteClauses(const Verdict& verdict, Writer& out) {
  out.Words(", \"clauses\": [");
  for (size_t i = 0; i < verdict.clauses.size() && verdict.reason != Reason::kUnknownUser; ++i) {
    if (i > 0) out.Words(", ");
    WriteClause(verdict.clauses[i], out);
  }
  out.Words("]");
}

void WriteCategory(const CategoryDecision& category, const DecisionContext& context, Writer& out) {
  const Verdict& verdict = category.verdict;
  out.Words("{\"category_id\": ");
  out.Text(category.category.valid() ? context.dictionary.category_id(category.category) : context.asked_category);
  out.Words(", \"targeted\": ");
  out.Bool(verdict.targeted);
  out.Words(", \"reason\": ");
  out.Text(ReasonName(verdict.reason));
  out.Words(", \"searches\": ");
  out.Number(verdict.searches);
  out.Words(", \"last_search_at\": ");
  out.Time(verdict.last_search_at);
  out.Words(", \"next_change_at\": ");
  out.Time(verdict.next_change_at);
  if (context.clauses) {
    WriteClauses(verdict, out);
    WriteList(category.list, context, out);
  }
  out.Words("}");
}

void WriteHead(const Decision& decision, const DecisionContext& context, Writer& out) {
  out.Words("\"user_id\": ");
  out.Text(context.user_id);
  out.Words(", \"as_of\": ");
  out.Time(context.as_of);
  out.Words(", \"policy\": ");
  out.Text(context.policy.name);
  out.Words(", \"policy_version\": ");
  if (context.policy_version.empty()) {
    out.Text(PolicyVersion(context.policy));
  } else {
    out.Text(context.policy_version);
  }
  out.Words(", \"targeted\": ");
  out.Bool(decision.targeted);
  out.Words(", \"reason\": ");
  out.Text(ReasonName(decision.reason));
}

}  // namespace

void AppendDecisionJson(const Decision& decision, const DecisionContext& context, std::string& appended) {
  Writer out(appended);
  out.Words("{");
  WriteHead(decision, context, out);
  out.Words(", \"categories\": [");
  for (const CategoryDecision& category : decision.categories) {
    if (&category != decision.categories.data()) out.Words(", ");
    WriteCategory(category, context, out);
  }
  out.Words("]");
  WriteList(std::span(decision.list).first(std::min(context.limit, decision.list.size())), context, out);
  out.Words("}");
}

}  // namespace adirect
