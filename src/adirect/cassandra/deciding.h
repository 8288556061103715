// Deciding about one shopper who was read, with lists and products read as far as the answer shows them. Private to
// cassandra.
//
//   Deciding deciding(asking, lists, question, policy, dictionary, decider);
//   ADIRECT_RETURN_IF_ERROR(deciding.Decide(shopper, now));
//   take({*deciding.decision(), shopper, now, dictionary, asking.settings, deciding.catalog()});
//
// Nobody who is not targeted needs a list. A list that is shown holds no product of which nothing was asked, so that
// none that is not available is in it.
//
// Threads: one; it waits.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "adirect/cassandra/list_reads.h"
#include "adirect/pipeline/question.h"
#include "adirect/targeting/popularity.h"

namespace adirect {

// The window of a list as the tables name it: days, 0 for ever; cut to the retention.
int64_t WindowDays(Duration window, const Settings& settings);

// Of these products those that are known, as the decision and its JSON ask for them. Null where none is known.
const Catalog* FillCatalog(const ListReads::Products& products, Catalog& catalog);

class Deciding {
 public:
  // All must outlive it; `decider` is scratch.
  Deciding(const Asking& asking, ListReads& lists, const Question& question, const Policy& policy,
           Dictionary& dictionary, Decider& decider)
      : asking_(asking),
        lists_(lists),
        question_(question),
        policy_(policy),
        dictionary_(dictionary),
        decider_(decider) {}

  Status Decide(const Shopper& shopper, Timestamp now);
  const Decision* decision() const { return decision_; }  // valid until the decider's next use
  const Catalog* catalog() const { return catalog_.get(); }

 private:
  void DecideAgain(const Shopper& shopper, Timestamp now);
  Status FindPopular();
  // Products in the lists at hand that were not asked for yet.
  std::set<std::string> Unasked() const;
  void AddCandidates(const Shopper& shopper, std::set<std::string>& ids) const;

  const Asking& asking_;
  ListReads& lists_;
  const Question& question_;
  const Policy& policy_;
  Dictionary& dictionary_;
  Decider& decider_;
  const Decision* decision_ = nullptr;
  Popularity popularity_;
  ListReads::Products products_;
  std::unique_ptr<Catalog> catalog_;  // null: none of them is known
};

}  // namespace adirect
